import type { ContractRouterClient } from '@orpc/contract';
import { isKeelErrorShape, KeelError } from '../errors.ts';
import type { contract } from './index.ts';

/** The whole API as functions, independent of how the host is reached. */
export type ApiClient = ContractRouterClient<typeof contract>;

/** Converts the contract's typed error back to a `KeelError`; returns anything else unchanged. */
export function fromTypedError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'KEEL') return error;
  return 'data' in error && isKeelErrorShape(error.data) ? KeelError.from(error.data) : error;
}
