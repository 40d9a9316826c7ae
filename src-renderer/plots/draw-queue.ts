/** Does each piece of work once in the next frame, however often it was asked for. */
export interface DrawQueue {
  ask(work: () => void): void;
  forget(work: () => void): void;
}

/** @param nextFrame calls back before the next frame is drawn. */
export function createDrawQueue(nextFrame: (draw: () => void) => void): DrawQueue {
  const waiting = new Set<() => void>();
  const draw = () => {
    const works = [...waiting];
    waiting.clear();
    for (const work of works) work();
  };
  return {
    ask(work) {
      if (waiting.size === 0) nextFrame(draw);
      waiting.add(work);
    },
    forget: (work) => void waiting.delete(work),
  };
}
