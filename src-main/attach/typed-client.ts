import { ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '#contract/api/index.ts';
import { isKeelErrorShape, KeelError } from '#contract/errors.ts';

/** The whole api as functions, whether the host is this process or another one. */
export type ApiClient = ContractRouterClient<typeof contract>;

/** Turns the contract's typed error back into a `KeelError`; anything else stays as it is. */
export function fromTypedError(error: unknown): unknown {
  if (error instanceof ORPCError && error.code === 'KEEL' && isKeelErrorShape(error.data)) {
    return KeelError.from(error.data);
  }
  return error;
}
