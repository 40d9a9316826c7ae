import { expect, test } from 'vitest';
import { encodeDoubles } from '../../../../../src-main/contract/float-array.ts';
import { appendRows, loadSeries } from '../../../../../src-renderer/pages/run/plots/loaded-series.ts';

const row = (step: number, value: number) => ({ key: 'loss', step, value, at: 0, sequence: step });
const encoded = (steps: readonly number[], values: readonly number[]) => ({
  steps: encodeDoubles(Float64Array.from(steps)),
  values: encodeDoubles(Float64Array.from(values)),
});

test('rows are added at the end of what was read, and of its means', () => {
  const read = loadSeries({ key: 'loss', ...encoded([1, 50], [4, 3]), count: 50, means: encoded([25], [3.5]) });
  const longer = appendRows(read, [row(51, 2), row(52, 1)])!;
  expect([...longer.points.steps]).toEqual([1, 50, 51, 52]);
  expect([...longer.points.values]).toEqual([4, 3, 2, 1]);
  expect([...longer.means!.values]).toEqual([3.5, 2, 1]);
  expect([longer.count, longer.added]).toEqual([52, 2]);
  expect([...appendRows(undefined, [row(1, 9)])!.points.values]).toEqual([9]);
});

test('a step that was told again asks for a new reading', () => {
  const read = loadSeries({ key: 'loss', ...encoded([1, 2], [4, 3]), count: 2, means: null });
  expect(appendRows(read, [row(2, 5)])).toBeNull();
  expect(appendRows(read, [row(4, 5), row(3, 5)])).toBeNull();
});
