import { ORPCError, os } from '@orpc/server';
import type { KeelErrorShape } from '#contract/errors.ts';
import { KeelError } from '#contract/errors.ts';

/** A `KeelError` as the contract's typed error; anything else is a bug and crosses without its insides. */
export function toTypedError(error: unknown): unknown {
  if (!(error instanceof KeelError)) return error;
  const data: KeelErrorShape = error.toShape();
  return new ORPCError('KEEL', { defined: true, status: 422, message: error.message, data });
}

export function isStream(output: unknown): output is AsyncGenerator<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}

/** Every handler's expected failures leave as the contract's typed error, those on the way to a stream's first message too. */
export const typedErrors = os.middleware(async ({ next }, _input, output) => {
  try {
    const result = await next();
    return isStream(result.output) ? output(typedStream(result.output)) : result;
  } catch (error) {
    throw toTypedError(error);
  }
});

/** The same for a stream, which fails after its handler has returned. */
export async function* typedStream<Message>(stream: AsyncGenerator<Message>): AsyncGenerator<Message, void> {
  try {
    yield* stream;
  } catch (error) {
    throw toTypedError(error);
  } finally {
    await stream.return(undefined);
  }
}
