import { createDrawQueue } from './draw-queue.ts';

/** The draws of all plots of the page. */
export const pageDraws = createDrawQueue((draw) => requestAnimationFrame(draw));
