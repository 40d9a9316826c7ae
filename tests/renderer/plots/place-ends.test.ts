import { expect, test } from 'vitest';
import { placeEnds } from '../../../src-renderer/plots/place-ends.ts';

const PLANE = { width: 300, height: 200 };
const place = (...ends: readonly (readonly [number, number])[]) =>
  placeEnds(
    ends.map(([x, y]) => ({ x, y, text: '20' })),
    PLANE,
  ).map(({ x, y }) => [x, y]);

test('texts stand above their ends; where two lines end together, around them', () => {
  expect(place([100, 100], [200, 100])).toEqual([
    [100, 86],
    [200, 86],
  ]);
  expect(place([100, 100], [100, 100], [100, 100])).toEqual([
    [100, 86],
    [100, 115],
    [116, 100],
  ]);
  // At the upper edge there is no room above, at the right one none beside.
  expect(place([100, 5])).toEqual([[100, 20]]);
  expect(place([298, 100])).toEqual([[282, 100]]);
});

test('no two of many texts in one place overlap', () => {
  const all = place(...Array.from({ length: 9 }, () => [150, 150] as const));
  for (const [index, [x, y]] of all.entries())
    for (const [otherX, otherY] of all.slice(index + 1))
      expect(Math.abs(x! - otherX!) >= 14 || Math.abs(y! - otherY!) >= 13).toBe(true);
});
