import { expect, test } from 'vitest';
import { mismatchedRows } from '#engine/session/supervised/judgment-batches.ts';

const judged = (prompt: readonly number[], reply: readonly number[]) => {
  const ids = [...prompt, ...reply];
  return { row: { ids, trained: ids.map((_, at) => at >= prompt.length) }, promptLength: prompt.length, label: true };
};

const WIDE = { maxLength: 100, side: 'right' } as const;
const idsOf = (rows: readonly { readonly ids: readonly number[] }[]) => rows.map(({ ids }) => ids);

test('each prompt gets the response before it; the first one that of the last, as TRL rotates a batch', () => {
  const rows = [judged([1], [11, 12]), judged([2, 2], [21]), judged([3], [31])];
  expect(idsOf(mismatchedRows(rows, WIDE))).toEqual([
    [1, 31],
    [2, 2, 11, 12],
    [3, 21],
  ]);
  expect(mismatchedRows(rows, WIDE)[1]!.trained).toEqual([false, false, true, true]);
});

test('a response to the same prompt is passed over', () => {
  const rows = [judged([1], [10]), judged([1], [11]), judged([2], [20]), judged([2], [21]), judged([1], [12])];
  expect(idsOf(mismatchedRows(rows, WIDE))).toEqual([
    [1, 21],
    [1, 21],
    [2, 11],
    [2, 11],
    [1, 21],
  ]);
});

test('a row that is too long loses its end, or the beginning of its prompt', () => {
  const rows = [judged([1, 2, 3], [9]), judged([4], [5, 6, 7])];
  expect(mismatchedRows(rows, { maxLength: 4, side: 'right' })[0]!.ids).toEqual([1, 2, 3, 5]);
  expect(mismatchedRows(rows, { maxLength: 4, side: 'left' })[0]!.ids).toEqual([3, 5, 6, 7]);
  expect(mismatchedRows(rows, { maxLength: 3, side: 'left' })[0]).toEqual({
    ids: [3, 5, 6],
    trained: [false, true, true],
  });
});
