import { expect, test } from 'vitest';
import { pathThrough } from '../../../src-renderer/plots/plane.ts';

test('a path is interrupted at what is missing', () => {
  const path = pathThrough([
    [0, 1],
    [1, Number.NaN],
    [2, 3],
    [3, 4],
  ]);
  expect(path).toBe('M0.0 1.0M2.0 3.0L3.0 4.0');
});
