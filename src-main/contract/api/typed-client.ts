import type { ContractRouterClient } from '@orpc/contract';
import { isKeelErrorShape, KeelError } from '../errors.ts';
import type { contract } from './index.ts';

/** The whole api as functions, however the host is reached. */
export type ApiClient = ContractRouterClient<typeof contract>;

/** Turns the contract's typed error back into a `KeelError`; anything else stays as it is. */
export function fromTypedError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'KEEL') return error;
  return 'data' in error && isKeelErrorShape(error.data) ? KeelError.from(error.data) : error;
}
