import { expect, it } from 'vitest';
import { weightFault, weightStatistics } from '#engine/model/files/weight-statistics.ts';

it('counts what is not a plain number and takes moments of the rest', () => {
  // Finite: 1, 3, 0, 0: mean 1, mean square 10 / 4, variance 1.5.
  const statistics = weightStatistics(Float32Array.from([1, 3, 0, -0, Number.NaN, Number.POSITIVE_INFINITY]));
  expect(statistics).toEqual({
    count: 6,
    nan: 1,
    infinite: 1,
    zeros: 2,
    denormal: 0,
    minimum: 0,
    maximum: 3,
    mean: 1,
    deviation: Math.sqrt(1.5),
  });
  expect(weightFault(statistics)).toBe('1 NaN and 1 infinite of 6 values');
});

it('sees denormal values, and none that is finite', () => {
  expect(weightStatistics(Float32Array.from([1e-40, 1e-37]))).toMatchObject({ denormal: 1, zeros: 0 });
  expect(weightStatistics(Float32Array.from([Number.NaN]))).toMatchObject({ mean: null, minimum: null });
  expect(weightFault(weightStatistics(Float32Array.from([1])))).toBeNull();
});
