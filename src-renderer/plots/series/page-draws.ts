import { createDrawQueue } from './draw-queue.ts';

/** The draws of all plots of the page. */
export const pageDraws = createDrawQueue({
  nextFrame: (draw) => requestAnimationFrame(draw),
  now: () => performance.now(),
});
