import { implement } from '@orpc/server';
import { contract } from '#contract/api/index.ts';
import type { RunHost } from '../runs/run-host.ts';
import { typedErrors } from './error-boundary.ts';
import type { PathAccess } from './path-access.ts';

/** What every handler is handed. */
export interface ApiContext {
  /** The host that owns the data folder. */
  readonly host: RunHost;
  /** Every path of a caller goes through it, before anything touches the file. */
  readonly paths: PathAccess;
}

export const base = implement(contract).$context<ApiContext>().use(typedErrors);
