import { expect, test } from 'vitest';
import { spreadLabels } from '../../../../src-renderer/plots/series/end-labels.ts';

const spread = (ys: readonly number[], top = 0, bottom = 100) =>
  spreadLabels(
    ys.map((y) => ({ text: '', color: '', y })),
    10,
    top,
    bottom,
  ).map(({ y }) => y);

test('labels that are apart stay; others are moved apart and back between the ends', () => {
  expect(spread([20, 50])).toEqual([20, 50]);
  expect(spread([50, 48, 49])).toEqual([48, 58, 68]);
  expect(spread([99, 98])).toEqual([90, 100]);
  expect(spread([-5])).toEqual([0]);
});
