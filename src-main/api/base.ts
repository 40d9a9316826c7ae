import { implement } from '@orpc/server';
import { contract } from '#contract/api/index.ts';
import type { RunHost } from '../runs/run-host.ts';
import { typedErrors } from './error-boundary.ts';

/** What every handler is handed: the host that owns the data folder. */
export interface ApiContext {
  readonly host: RunHost;
}

export const base = implement(contract).$context<ApiContext>().use(typedErrors);
