import { expect, test } from 'vitest';
import { createDrawQueue } from '../../../src-renderer/plots/draw-queue.ts';

test('ten thousand wishes are one draw in the next frame; what was forgotten is not drawn', () => {
  const frames: (() => void)[] = [];
  const queue = createDrawQueue((draw) => void frames.push(draw));
  let [drawn, gone] = [0, 0];
  const draw = () => (drawn += 1);
  const forgotten = () => (gone += 1);
  for (let at = 0; at < 10_000; at += 1) queue.ask(draw);
  queue.ask(forgotten);
  queue.forget(forgotten);
  expect(frames).toHaveLength(1);
  frames.shift()?.();
  expect([drawn, gone]).toEqual([1, 0]);
  queue.ask(draw);
  expect(frames).toHaveLength(1);
});
