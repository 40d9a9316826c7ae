import { expect, test } from 'vitest';
import { fixedPointPoints } from '#engine/metrics/fixed-point.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';

const batchOf = (logprobs: number[], reference: number[], advantages: number[], isEntry: boolean[]) => ({
  oldLogprobs: float32(logprobs, [1, isEntry.length]),
  refLogprobs: float32(reference, [1, isEntry.length]),
  advantages: float32(advantages, [1, isEntry.length]),
  responseMask: { data: Uint8Array.from(isEntry, Number), shape: [1, isEntry.length], dtype: 'bool' as const },
});

test('target and share of the way, without the entries that are not stored', () => {
  const points = fixedPointPoints(
    batchOf(
      [-1, -2, -0.5, -3, -1.5, 99],
      [-1.2, -1.8, -0.9, -2.5, -1.6, -99],
      [0.5, -0.4, 1, -1.2, 0.1, 1e6],
      [true, true, true, true, true, false],
    ) as never,
    2,
  );
  // numpy, on the first five: (ref + A/2).mean(), and (l * l).sum() / (l * a).sum() of the centered arrays.
  expect(points).toEqual([
    { key: 'apa/target_mean', value: expect.closeTo(-1.6, 6) },
    { key: 'apa/fixed_point_reached', value: expect.closeTo(0.8403361344537815, 5) },
  ]);
});

test('at the fixed point it is 1 for any baseline, at the start it is 0, and halfway it is a half', () => {
  const reference = [-0.7, -1.2, -1.6];
  const advantages = [0.3, -0.5, 0.8];
  const isEntry = [true, true, true];
  const at = (share: number) =>
    fixedPointPoints(
      batchOf(
        reference.map((value, k) => value + (share * advantages[k]!) / 0.5 - 0.3),
        reference,
        advantages,
        isEntry,
      ) as never,
      0.5,
    ).find(({ key }) => key === 'apa/fixed_point_reached')?.value;
  expect(at(1)).toBeCloseTo(1, 5);
  expect(at(0.5)).toBeCloseTo(0.5, 5);
  expect(at(0)).toBe(0);
});

test('rounded log-probs of a policy that has not moved are at the start; one that has moved the other way has no value', () => {
  const reference = [-0.7, -1.2, -1.6];
  const advantages = [0.3, -0.5, 0.8];
  const reached = (logprobs: number[]) =>
    fixedPointPoints(batchOf(logprobs, reference, advantages, [true, true, true]) as never, 0.5).find(
      ({ key }) => key === 'apa/fixed_point_reached',
    )?.value;
  expect(reached([-0.7000002, -1.1999998, -1.6000001])).toBe(0);
  expect(reached([-0.8, -1.1, -1.8])).toBeUndefined();
});
