import { os } from '@orpc/server';
import { KeelError } from '#contract/errors.ts';
import { isStream } from './error-boundary.ts';

/** Counts the calls of one connection. */
export interface CallGate {
  /** Lets a call in; gives what to call at its end. Throws `too_many_calls`. */
  enter(): () => void;
}

/** For shells of the person's own. */
export const OPEN_GATE: CallGate = { enter: () => () => undefined };

interface GateLimits {
  /** Calls that may come at once after a pause. */
  readonly burst: number;
  readonly callsPerSecond: number;
  /** Calls and streams that may be under way together. */
  readonly openCalls: number;
}

/** More than any page asks for; a page that was taken over gets refusals, and the host stays free for its runs. */
const PAGE_LIMITS: GateLimits = { burst: 1500, callsPerSecond: 500, openCalls: 200 };

function refusal(why: string): KeelError {
  return new KeelError({ code: 'too_many_calls', why, fix: 'Wait a second; reload the page if it goes on.' });
}

/** @param clock monotonic milliseconds */
export function createCallGate(clock: () => number, limits: GateLimits = PAGE_LIMITS): CallGate {
  let [left, open, last] = [limits.burst, 0, clock()];
  return {
    enter() {
      const now = clock();
      left = Math.min(limits.burst, left + ((now - last) / 1000) * limits.callsPerSecond);
      last = now;
      if (left < 1) throw refusal(`The page made more than ${limits.callsPerSecond} calls a second.`);
      if (open >= limits.openCalls) throw refusal(`The page has ${open} calls under way.`);
      left -= 1;
      open += 1;
      return () => {
        open -= 1;
      };
    },
  };
}

async function* untilEnd(stream: AsyncGenerator<unknown>, leave: () => void): AsyncGenerator<unknown, void> {
  try {
    yield* stream;
  } finally {
    leave();
    await stream.return(undefined);
  }
}

/** A call counts until it is answered, a stream until it has ended. */
export const gated = os
  .$context<{ readonly calls: CallGate }>()
  .middleware(async ({ context, next }, _input, output) => {
    const leave = context.calls.enter();
    try {
      const result = await next();
      if (isStream(result.output)) return output(untilEnd(result.output, leave));
      leave();
      return result;
    } catch (error) {
      leave();
      throw error;
    }
  });
