import { expect, test } from 'vitest';
import { panRange, zoomRange } from '../../../../src-renderer/plots/series/pan-range.ts';

test('panning keeps the width and stops at the ends', () => {
  expect(panRange([10, 20], 0.5, [0, 100])).toEqual([15, 25]);
  expect(panRange([10, 20], -5, [0, 100])).toEqual([0, 10]);
  expect(panRange([85, 95], 3, [0, 100])).toEqual([90, 100]);
});

test('zooming holds the place around which it is done; all of it is null', () => {
  expect(zoomRange([0, 100], 0.5, 20, [0, 100])).toEqual([10, 60]);
  expect(zoomRange([10, 60], 2, 20, [0, 100])).toBeNull();
  expect(zoomRange([40, 60], 2, 50, [0, 100])).toEqual([30, 70]);
});
