import { ORPCError, os } from '@orpc/server';
import { KeelError, type KeelErrorShape } from '#contract/errors.ts';
import { typedDiskError } from '../disk/disk-full.ts';

/**
 * A `KeelError` as the contract's typed error; anything else is a bug and crosses without its insides. A full disk is
 * foreseen, wherever it is met.
 * @param home named where such an error names no path; without it, one that names none passes as it is.
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

/** Every handler's expected failures leave as the contract's typed error, those on the way to a stream's first message too. */
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

/** The same for a stream, which fails after its handler has returned. */
export async function* typedStream<Message>(
  stream: AsyncGenerator<Message>,
  home: string | null = null,
): AsyncGenerator<Message, void> {
  try {
    yield* stream;
  } catch (error) {
    throw toTypedError(error, home);
  } finally {
    await stream.return(undefined);
  }
}
