import { implement } from '@orpc/server';
import type { PickRequest } from '#contract/api/files.ts';
import { contract } from '#contract/api/index.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { type CallGate, gated, OPEN_GATE } from './call-gate.ts';
import { typedErrors } from './error-boundary.ts';
import { type PathAccess, UNRESTRICTED_ACCESS } from './path-access.ts';

/** The context passed to every handler. */
export interface ApiContext {
  /** The host that owns the data folder. */
  readonly host: RunHost;
  /** Checks every path from a caller before the file is accessed. */
  readonly paths: PathAccess;
  /** Limits of the connection on which the call arrived. */
  readonly calls: CallGate;
  /** System file dialogs, if the shell provides them. */
  readonly dialogs: FileDialogs | null;
}

/** Lets the user choose files outside the page. */
export interface FileDialogs {
  /** Absolute paths; empty if the dialog was closed without a selection. */
  pick(request: PickRequest): Promise<readonly string[]>;
}

export const base = implement(contract).$context<ApiContext>().use(typedErrors).use(gated);

/** The context for the user's own shells. */
export function ownContext(host: RunHost): ApiContext {
  return { host, paths: UNRESTRICTED_ACCESS, calls: OPEN_GATE, dialogs: null };
}
