import { implement } from '@orpc/server';
import { contract } from '#contract/api/index.ts';
import type { RunHost } from '../runs/run-host.ts';
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
}

export const base = implement(contract).$context<ApiContext>().use(typedErrors).use(gated);

/** The context of a shell of the person's own. */
export function ownContext(host: RunHost): ApiContext {
  return { host, paths: UNRESTRICTED_ACCESS, calls: OPEN_GATE };
}
