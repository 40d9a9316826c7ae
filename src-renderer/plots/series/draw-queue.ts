/** Runs each piece of work once in one of the next frames, however often it was requested. */
export interface DrawQueue {
  ask(work: () => void): void;
  forget(work: () => void): void;
}

export interface DrawClock {
  /** Calls back before the next frame is drawn. */
  readonly nextFrame: (draw: () => void) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Time budget of one frame; remaining work waits for the next, so that the page stays responsive. */
const FRAME_MILLISECONDS = 6;

/** Work runs in the order requested; what did not fit into a frame runs first in the next. */
export function createDrawQueue({ nextFrame, now }: DrawClock): DrawQueue {
  const waiting = new Set<() => void>();
  let isAsked = false;
  const askFrame = () => {
    if (!isAsked) nextFrame(draw);
    isAsked = true;
  };
  const draw = () => {
    isAsked = false;
    const end = now() + FRAME_MILLISECONDS;
    // Work requested during a frame belongs to the next one.
    for (const work of [...waiting]) {
      // A draw may have removed another plot.
      if (!waiting.delete(work)) continue;
      work();
      if (now() >= end) break;
    }
    if (waiting.size > 0) askFrame();
  };
  return {
    ask(work) {
      waiting.add(work);
      askFrame();
    },
    forget: (work) => void waiting.delete(work),
  };
}
