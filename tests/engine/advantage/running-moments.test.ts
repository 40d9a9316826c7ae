import { expect, test } from 'vitest';
import { mergeMoments, NO_MOMENTS, type RunningMoments, usableDeviation } from '#engine/advantage/scales.ts';
import { expectDouble, readGolden, type Written } from '../../support/apa-vectors.ts';

interface Step extends Readonly<Record<'batch_mean' | 'batch_std' | 'mean' | 'var' | 'std' | 'count', Written>> {
  readonly scaled_clip10: readonly Written[];
}
interface MomentsCase {
  readonly name: string;
  readonly chunks: readonly (readonly number[])[];
  readonly expected: readonly Step[];
}
const { running_moments_cases: cases } = readGolden<{ readonly running_moments_cases: readonly MomentsCase[] }>(
  'vectors.json',
);

test.each(cases)('$name', ({ chunks, expected }) => {
  chunks.reduce<RunningMoments>((before, chunk, index) => {
    const after = mergeMoments(before, chunk);
    const want = expected[index]!;
    // A constant's variance is rounding: the golden number itself is one of about 1e-25.
    expectDouble(
      [after.mean, after.variance, after.deviation, after.count],
      [want.mean, want.var, want.std, want.count],
    );
    const clipped = chunk.map((score) => Math.max(-10, Math.min(10, score / after.deviation)));
    expectDouble(clipped, want.scaled_clip10);
    return after;
  }, NO_MOMENTS);
});

test('an empty batch changes nothing', () => {
  expect(mergeMoments(NO_MOMENTS, [])).toBe(NO_MOMENTS);
});

test('a deviation that says nothing is not divided by', () => {
  expect(usableDeviation(mergeMoments(NO_MOMENTS, [0.7]))).toBe(1);
  expect(usableDeviation(mergeMoments(NO_MOMENTS, [1.5, 1.5, 1.5]))).toBe(1);
  expect(usableDeviation(mergeMoments(NO_MOMENTS, [1, 3]))).toBeCloseTo(Math.SQRT2, 12);
});
