import { createDrawQueue } from './draw-queue.ts';

/** The draw queue of all plots on the page. */
export const pageDraws = createDrawQueue({
  nextFrame: (draw) => requestAnimationFrame(draw),
  now: () => performance.now(),
});
