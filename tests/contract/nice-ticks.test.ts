import { expect, test } from 'vitest';
import { niceTicks } from '../../src-main/contract/nice-ticks.ts';

test('ticks are round and inside', () => {
  expect(niceTicks([0, 8.4])).toEqual([0, 2, 4, 6, 8]);
  expect(niceTicks([-0.4, 1.6])).toEqual([0, 0.5, 1, 1.5]);
  expect(niceTicks([3, 3])).toEqual([3]);
});
