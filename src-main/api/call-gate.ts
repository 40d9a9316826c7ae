import { os } from '@orpc/server';
import { KeelError } from '#contract/errors.ts';
import { isStream } from './error-boundary.ts';

/** Counts the calls of one connection. */
export interface CallGate {
  /** Admits a call and returns a function to call when it ends. Throws `too_many_calls`. */
  enter(): () => void;
}

/** For the user's own shells. */
export const OPEN_GATE: CallGate = { enter: () => () => undefined };

interface GateLimits {
  /** Calls allowed in a burst after a pause. */
  readonly burst: number;
  readonly callsPerSecond: number;
  /** Maximum number of concurrent calls and streams. */
  readonly openCalls: number;
}

/** Higher than any page needs. A compromised page is refused, and the host stays available for its runs. */
const PAGE_LIMITS: GateLimits = { burst: 1500, callsPerSecond: 500, openCalls: 200 };

function refusal(why: string): KeelError {
  return new KeelError({ code: 'too_many_calls', why, fix: 'Wait a second. If this continues, reload the page.' });
}

/** @param clock monotonic milliseconds */
export function createCallGate(clock: () => number, limits: GateLimits = PAGE_LIMITS): CallGate {
  let [left, open, last] = [limits.burst, 0, clock()];
  return {
    enter() {
      const now = clock();
      left = Math.min(limits.burst, left + ((now - last) / 1000) * limits.callsPerSecond);
      last = now;
      if (left < 1) throw refusal(`The page made more than ${limits.callsPerSecond} calls per second.`);
      if (open >= limits.openCalls) throw refusal(`The page already has ${open} calls in progress.`);
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

/** A call counts until it is answered; a stream counts until it ends. */
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
