import { implement } from '@orpc/server';
import type { PickRequest } from '#contract/api/files.ts';
import { contract } from '#contract/api/index.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { type CallGate, gated, OPEN_GATE } from './call-gate.ts';
import { typedErrors } from './error-boundary.ts';
import { type PathAccess, UNRESTRICTED_ACCESS } from './path-access.ts';

/** What every handler is handed. */
export interface ApiContext {
  /** The host that owns the data folder. */
  readonly host: RunHost;
  /** Every path of a caller goes through it, before anything touches the file. */
  readonly paths: PathAccess;
  /** Limits of the connection that the call came over. */
  readonly calls: CallGate;
  /** Dialogs of the system, where the shell has some. */
  readonly dialogs: FileDialogs | null;
}

/** How a person chooses files outside the page. */
export interface FileDialogs {
  /** Absolute paths; none when the dialog was closed without a choice. */
  pick(request: PickRequest): Promise<readonly string[]>;
}

export const base = implement(contract).$context<ApiContext>().use(typedErrors).use(gated);

/** The context of a shell of the person's own. */
export function ownContext(host: RunHost): ApiContext {
  return { host, paths: UNRESTRICTED_ACCESS, calls: OPEN_GATE, dialogs: null };
}
