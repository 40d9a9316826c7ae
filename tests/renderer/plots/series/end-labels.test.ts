import { expect, test } from 'vitest';
import { placeLabels, spreadLabels } from '../../../../src-renderer/plots/series/end-labels.ts';

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

test('inside a plot, a label stands beside its line and covers neither a line nor another label', () => {
  const place = (ys: readonly number[], lines: readonly (readonly [number, number])[]) =>
    placeLabels(
      ys.map((y) => ({ text: '', color: '', y })),
      lines.map(([top, bottom]) => ({ top, bottom })),
      10,
      { top: 0, bottom: 100 },
    ).map(({ y }) => y);
  // A label of height 10 has 2 pixels of room above and below: 7 above a flat line at 50.
  expect(place([50], [[50, 50]])).toEqual([43]);
  // At the upper edge there is no room above.
  expect(place([3], [[3, 3]])).toEqual([10]);
  // Between the two lines there is no room; the second label keeps clear of the first.
  expect(
    place(
      [50, 52],
      [
        [50, 50],
        [52, 52],
      ],
    ),
  ).toEqual([43, 59]);
  expect(place([50, 50], [[50, 50]])).toEqual([43, 57]);
  // A line that goes up and down over all of the height leaves no room.
  expect(place([50], [[0, 100]])).toEqual([50]);
});
