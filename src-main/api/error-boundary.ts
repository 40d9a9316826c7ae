import { ORPCError, os } from '@orpc/server';
import { KeelError, type KeelErrorShape } from '#contract/errors.ts';
import { typedDiskError } from '../disk/disk-full.ts';

/**
 * Converts a `KeelError` to the contract's typed error. Anything else is a bug and crosses the boundary without
 * internal details. A full disk is an expected error wherever it occurs.
 * @param home path to report if a disk-full error names none; without it, such an error is returned unchanged.
 */
export function toTypedError(thrown: unknown, home: string | null = null): unknown {
  const error = typedDiskError(thrown, home);
  if (!(error instanceof KeelError)) return error;
  const data: KeelErrorShape = error.toShape();
  return new ORPCError('KEEL', { defined: true, status: 422, message: error.message, data });
}

export function isStream(output: unknown): output is AsyncGenerator<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}

/**
 * Turns expected failures of every handler into the contract's typed error, including failures before a stream's first
 * message.
 */
export const typedErrors = os
  .$context<{ readonly host: { readonly setup: { readonly home: string } } }>()
  .middleware(async ({ next, context }, _, output) => {
    const { home } = context.host.setup;
    try {
      const result = await next();
      return isStream(result.output) ? output(typedStream(result.output, home)) : result;
    } catch (error) {
      throw toTypedError(error, home);
    }
  });

/** The same for a stream, which can fail after its handler has returned. */
export async function* typedStream<Message, Result>(
  stream: AsyncGenerator<Message, Result>,
  home: string | null = null,
): AsyncGenerator<Message, Result> {
  try {
    return yield* stream;
  } catch (error) {
    throw toTypedError(error, home);
  } finally {
    await stream.return(undefined as Result);
  }
}
