/** Does each piece of work once in one of the next frames, however often it was asked for. */
export interface DrawQueue {
  ask(work: () => void): void;
  forget(work: () => void): void;
}

export interface DrawClock {
  /** Calls back before the next frame is drawn. */
  readonly nextFrame: (draw: () => void) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Work of one frame, after which what is left waits for the next: a page that draws still takes its input. */
const FRAME_MILLISECONDS = 6;

/** Work is done in the order in which it was asked for; what did not fit into a frame is first in the next. */
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
    // What is asked for while a frame draws belongs to the next.
    for (const work of [...waiting]) {
      // A draw may have taken another plot away.
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
