import { expect, test } from 'vitest';
import { createDrawQueue } from '../../../../src-renderer/plots/series/draw-queue.ts';

/** A clock that stands still until a draw takes time, and frames that are drawn by hand. */
function createClock() {
  const frames: (() => void)[] = [];
  let time = 0;
  return {
    frames,
    take: (milliseconds: number) => {
      time += milliseconds;
    },
    drawFrame: () => frames.shift()?.(),
    clock: { nextFrame: (draw: () => void) => void frames.push(draw), now: () => time },
  };
}

test('ten thousand wishes are one draw in the next frame; what was forgotten is not drawn', () => {
  const { frames, drawFrame, clock } = createClock();
  const queue = createDrawQueue(clock);
  let [drawn, gone] = [0, 0];
  const draw = () => (drawn += 1);
  const forgotten = () => (gone += 1);
  for (let at = 0; at < 10_000; at += 1) queue.ask(draw);
  queue.ask(forgotten);
  queue.forget(forgotten);
  expect(frames).toHaveLength(1);
  drawFrame();
  expect([drawn, gone]).toEqual([1, 0]);
  queue.ask(draw);
  expect(frames).toHaveLength(1);
});

test('what a draw takes away is not drawn after it in the same frame', () => {
  const { drawFrame, clock } = createClock();
  const queue = createDrawQueue(clock);
  let gone = 0;
  const removed = () => (gone += 1);
  queue.ask(() => queue.forget(removed));
  queue.ask(removed);
  drawFrame();
  expect(gone).toBe(0);
});

test('what does not fit into a frame is first in the next, and a draw that asks for itself waits for its turn', () => {
  const { frames, take, drawFrame, clock } = createClock();
  const queue = createDrawQueue(clock);
  const order: string[] = [];
  const slow = (name: string) => () => {
    order.push(name);
    take(4);
  };
  const again = () => {
    slow('a')();
    if (order.length < 4) queue.ask(again);
  };
  const [b, c] = [slow('b'), slow('c')];
  for (const work of [again, b, c]) queue.ask(work);
  drawFrame();
  expect(order).toEqual(['a', 'b']);
  expect(frames).toHaveLength(1);
  queue.ask(b);
  drawFrame();
  expect(order).toEqual(['a', 'b', 'c', 'a']);
  drawFrame();
  expect(order).toEqual(['a', 'b', 'c', 'a', 'b']);
  expect(frames).toHaveLength(0);
});
