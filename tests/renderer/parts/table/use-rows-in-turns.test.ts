import { expect, test } from 'vitest';
import { nextTick, watchEffect } from 'vue';
import { useRowsInTurns } from '../../../../src-renderer/parts/table/use-rows-in-turns.ts';

test('rows in sight come a few a frame until all are there, the one in focus at once', async () => {
  const frames: (() => void)[] = [];
  const inTurns = useRowsInTurns(
    (index) => `row ${index}`,
    (draw) => void frames.push(draw),
  );
  const items = Array.from({ length: 12 }, (_, index) => ({ index }));
  const drawn: (readonly number[])[] = [];
  watchEffect(() => void drawn.push(inTurns(items, 11).map(({ index }) => index)));
  while (frames.length > 0) {
    frames.shift()!();
    await nextTick();
  }
  expect(drawn).toEqual([[0, 1, 2, 3, 4, 11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11], items.map(({ index }) => index)]);
});
