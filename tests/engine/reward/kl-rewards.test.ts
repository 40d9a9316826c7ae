import { expect, test } from 'vitest';
import { adaptKlCoef } from '#engine/reward/kl-controller.ts';
import { klEstimate } from '#engine/reward/kl-estimators.ts';
import { klRewards, terminalRewards } from '#engine/reward/shape-rewards.ts';
import { bool, float32 } from '#engine/runtime/host-tensor.ts';
import { expectDouble, readGolden } from '../../support/apa-vectors.ts';

interface ControllerCase {
  readonly name: string;
  readonly init: number;
  readonly target: number;
  readonly horizon: number;
  readonly updates: readonly (readonly [kl: number, steps: number])[];
  readonly expected_values: readonly number[];
}
const { kl_controller_cases: cases } = readGolden<{ readonly kl_controller_cases: readonly ControllerCase[] }>(
  'vectors.json',
);

test.each(cases)('controller: $name', ({ init, target, horizon, updates, expected_values }) => {
  let klCoef = init;
  const values = updates.map(([kl, steps]) => {
    klCoef = adaptKlCoef(klCoef, kl, steps, { targetKl: target, klHorizon: horizon });
    return klCoef;
  });
  expectDouble(values, expected_values);
});

const responseMask = bool([true, true, false, true, false, false, false, false, false], [3, 3]);
const scaledScores = float32([5, -2, 9], [3]);

test('terminal rewards stand on the last stored entry; a row without entries has none', () => {
  expect([...terminalRewards(scaledScores, responseMask).data]).toEqual([0, 5, 0, -2, 0, 0, 0, 0, 0]);
});

test('KL rewards stand on every stored entry, the score is added at the end', () => {
  const rewards = klRewards({
    scaledScores,
    responseMask,
    oldLogprobs: float32([-1, -2, 7, -1, 7, 7, 7, 7, 7], [3, 3]),
    refLogprobs: float32([-2, -1, 9, -4, 9, 9, 9, 9, 9], [3, 3]),
    klCoef: 0.5,
    estimator: 'k1',
  });
  // -0.5 · (log π_old - log π_ref): -0.5·1, -0.5·(-1) + 5, and -0.5·3 - 2.
  expect([...rewards.data]).toEqual([-0.5, 5.5, 0, -3.5, 0, 0, 0, 0, 0]);
});

test('estimators by hand', () => {
  // d = log π_ref - log π = 1.
  expect(klEstimate('k1', -2, -1)).toBe(-1);
  expect(klEstimate('k2', -2, -1)).toBe(0.5);
  expect(klEstimate('k3', -2, -1)).toBeCloseTo(Math.E - 2, 12);
  expect(Number.isFinite(klEstimate('k3', -500, 0))).toBe(true);
});
