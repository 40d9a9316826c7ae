import { expect, test } from 'vitest';
import type { Estimated } from '#engine/advantage/estimate-advantages.ts';
import {
  FRESH_SCALES,
  type ScalesState,
  type ScalingOptions,
  scaleAdvantages,
  scaleScores,
  scalesInForce,
  whitenPadded,
} from '#engine/advantage/scales.ts';
import { bool, float32 } from '#engine/runtime/host-tensor.ts';

const FROZEN: ScalingOptions = { scaleReward: 'frozen', cliprangeReward: 2, advantages: 'frozen', warmupRollouts: 3 };

function iterate(state: ScalesState, options: ScalingOptions, scores: number[], rawAdvantages: number[]) {
  const shape = [scores.length, rawAdvantages.length / scores.length];
  const scored = scaleScores(float32(scores, [scores.length]), state, options);
  const responseMask = bool(
    rawAdvantages.map((x) => x !== 99),
    shape,
  );
  const estimated = { rawAdvantages: float32(rawAdvantages, shape), responseMask } as Estimated;
  const { batch, scales } = scaleAdvantages(estimated, scored.scales, options);
  return { scaledScores: [...scored.scaledScores.data], advantages: [...batch.advantages.data], scales };
}

test('both deviations freeze after the collection that ends the warm-up', () => {
  // Scores 0 and 4: deviation √8. Advantages -1, 1 (99 is not stored): deviation √2.
  const first = iterate(FRESH_SCALES, FROZEN, [0, 4], [-1, 99, 1, 99]);
  expect(first.scaledScores[1]).toBeCloseTo(4 / Math.sqrt(8), 6);
  expect(first.advantages).toEqual([expect.closeTo(-Math.SQRT1_2, 6), 0, expect.closeTo(Math.SQRT1_2, 6), 0]);
  // Two responses are below the warm-up of three: the second collection still counts.
  const second = iterate(first.scales, FROZEN, [2, 2], [3, 99, -3, 99]);
  expect(second.scales.scores.count).toBeCloseTo(4, 9);
  expect(second.advantages[0]).toBeCloseTo(3 / Math.sqrt(20 / 3), 6);
  // From the third on nothing moves, however wild the numbers are.
  const third = iterate(second.scales, FROZEN, [1000, -1000], [1e6, 99, 0, 99]);
  expect(third.scales.scores).toEqual(second.scales.scores);
  expect(third.scales.advantages).toEqual(second.scales.advantages);
  expect(third.scaledScores).toEqual([2, -2]);
});

test('a collection that reaches the warm-up exactly ends it', () => {
  const options = { ...FROZEN, warmupRollouts: 2 };
  const first = iterate(FRESH_SCALES, options, [0, 4], [-1, 99, 1, 99]);
  const second = iterate(first.scales, options, [1000, -1000], [50, 99, -50, 99]);
  expect(second.scales.scores).toEqual(first.scales.scores);
  expect(second.scales.advantages).toEqual(first.scales.advantages);
  expect(second.advantages[0]).toBeCloseTo(50 / Math.SQRT2, 4);
});

test('only deviations that freeze are told to be frozen', () => {
  const { scales } = iterate(FRESH_SCALES, { ...FROZEN, warmupRollouts: 2 }, [0, 4], [-1, 1]);
  const isFrozen = (options: Partial<ScalingOptions>) =>
    scalesInForce(scales, { ...FROZEN, warmupRollouts: 2, ...options }).isFrozen;
  expect(isFrozen({})).toBe(true);
  expect(isFrozen({ scaleReward: 'running' })).toBe(true);
  expect(isFrozen({ scaleReward: 'running', advantages: 'running' })).toBe(false);
  expect(isFrozen({ scaleReward: 'none', advantages: 'whiten_masked' })).toBe(false);
  expect(isFrozen({ warmupRollouts: 3 })).toBe(false);
});

test('running deviations go on; ref holds the first; none does nothing', () => {
  const running = { ...FROZEN, scaleReward: 'running', advantages: 'running', warmupRollouts: 1 } as const;
  const first = iterate(FRESH_SCALES, running, [0, 4], [-1, 1]);
  const second = iterate(first.scales, running, [0, 40], [-9, 9]);
  expect(second.scales.scores.deviation).toBeGreaterThan(first.scales.scores.deviation);
  expect(second.advantages[1]).toBeCloseTo(9 / second.scales.advantages.deviation, 6);
  const ref = { ...FROZEN, scaleReward: 'ref', cliprangeReward: 100 } as const;
  expect(iterate(first.scales, ref, [0, 40], [0, 0]).scaledScores[1]).toBeCloseTo(40 / Math.sqrt(8), 5);
  const none = { ...FROZEN, scaleReward: 'none', advantages: 'none', cliprangeReward: 100 } as const;
  expect(iterate(FRESH_SCALES, none, [0, 40], [5, 6])).toMatchObject({ scaledScores: [0, 40], advantages: [5, 6] });
});

test('a single response and a constant reward keep their scores', () => {
  const wide = { ...FROZEN, cliprangeReward: 100 };
  expect(iterate(FRESH_SCALES, wide, [7], [1]).scaledScores).toEqual([7]);
  expect(iterate(FRESH_SCALES, wide, [7, 7], [1, 1]).scaledScores).toEqual([7, 7]);
});

test('the state is plain JSON', () => {
  const { scales } = iterate(FRESH_SCALES, FROZEN, [0, 4], [-1, 1]);
  expect(JSON.parse(JSON.stringify(scales))).toEqual(scales);
});

test('masked whitening is over the whole batch, padded whitening over every cell up to the longest row', () => {
  const masked = { ...FROZEN, advantages: 'whiten_masked' } as const;
  const { advantages } = iterate(FRESH_SCALES, masked, [0, 0], [1, 99, 3, 99]);
  expect(advantages).toEqual([expect.closeTo(-Math.SQRT1_2, 6), 0, expect.closeTo(Math.SQRT1_2, 6), 0]);
  // Cells 4, 0 and 0, 0 of the first two columns: mean 1, variance 3; the third column is beyond every response.
  const white = whitenPadded(
    float32([4, 0, 0, 0, 0, 0], [2, 3]),
    bool([true, true, false, true, false, false], [2, 3]),
  );
  const low = -1 / Math.sqrt(3);
  expect([...white.data].map((x) => Math.round(x * 1e6) / 1e6)).toEqual(
    [3 / Math.sqrt(3), low, 0, low, low, 0].map((x) => Math.round(x * 1e6) / 1e6),
  );
});
