import { expect, test } from 'vitest';
import { winRate } from '#contract/statistics/intervals.ts';
import { lengthBaseline } from '#contract/statistics/length-baseline.ts';

test('the better of two trivial rules is the one that pairs of responses favor', () => {
  const lengths = { chosen: [5, 6, 7, 8, 3], rejected: [4, 4, 4, 4, 4] };
  const shorter = winRate(
    lengths.chosen.map((length) => -length),
    lengths.rejected.map((length) => -length),
  );
  const longer = winRate(lengths.chosen, lengths.rejected);
  const found = lengthBaseline(shorter);
  expect(found).toMatchObject({ rule: 'longer', n: 5 });
  for (const key of ['share', 'low', 'high'] as const) expect(found[key]).toBeCloseTo(longer[key], 12);
  expect(lengthBaseline(longer)).toEqual({ rule: 'shorter', ...longer });
});
