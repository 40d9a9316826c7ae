import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bool, float32, type IntHost } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { pairwiseRewardLoss } from '#engine/update/losses/pairwise-reward.ts';
import { rewardSpan, rewardSpanMask } from '#engine/update/losses/reward-spans.ts';
import { tokenwiseRewardLoss } from '#engine/update/losses/tokenwise-reward.ts';
import { expectArray, floats, ints, type Nested, readGolden } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface PairwiseCase {
  readonly name: string;
  readonly inputs: {
    readonly chosen_ids: Nested;
    readonly rejected_ids: Nested;
    readonly pad: number;
    readonly chosen_rewards: Nested;
    readonly rejected_rewards: Nested;
  };
  readonly expected: {
    readonly loss: number;
    readonly dchosen: Nested;
    readonly drejected: Nested;
    readonly chosen_end: readonly number[];
    readonly rejected_end: readonly number[];
    readonly chosen_inference: readonly number[];
    readonly rejected_inference: readonly number[];
    readonly div_end_cend_rend: readonly (readonly number[])[];
  };
}

const { pairwise_cases: cases } = readGolden<{ readonly pairwise_cases: readonly PairwiseCase[] }>('vectors.json');
type All = Record<string, Tensor>;

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test.each(cases)('tokenwise: $name', ({ inputs, expected }) => {
    const leaves = { chosenRewards: floats(inputs.chosen_rewards), rejectedRewards: floats(inputs.rejected_rewards) };
    const spanMask = rewardSpanMask(ints(inputs.chosen_ids), ints(inputs.rejected_ids), inputs.pad);
    const got = differentiate(runtime, leaves, { spanMask }, (all: All) => tokenwiseRewardLoss(all as never));
    expectArray([got.loss], expected.loss);
    expectArray(got.gradients.chosenRewards!, expected.dchosen);
    expectArray(got.gradients.rejectedRewards!, expected.drejected);
  });

  test('last token, worked by hand', () => {
    // Margins 2, 0 and one that is masked: (log(1 + e⁻²) + log 2) / 2.
    const leaves = { chosenScores: float32([3, 1, 1e30], [3]), rejectedScores: float32([1, 1, -7], [3]) };
    const got = differentiate(runtime, leaves, { pairMask: bool([true, true, false], [3]) }, (all: All) =>
      pairwiseRewardLoss({ ...(all as never as Parameters<typeof pairwiseRewardLoss>[0]), centerCoefficient: 0 }),
    );
    expect(got.loss).toBeCloseTo((Math.log1p(Math.exp(-2)) + Math.LN2) / 2, 6);
    const slope = -1 / (1 + Math.exp(2)) / 2;
    expectArray(got.gradients.chosenScores!, [slope, -0.25, 0]);
    expectArray(got.gradients.rejectedScores!, [-slope, 0.25, 0]);
    const want = { accuracy: 0.75, margin: 1, mean_reward: 1.5, min_reward: 1, max_reward: 3, count: 2 };
    expect(got.stats).toEqual(want);
  });

  test('last token, with the sum held near 0', () => {
    const leaves = { chosenScores: float32([3], [1]), rejectedScores: float32([1], [1]) };
    const got = differentiate(runtime, leaves, { pairMask: bool([true], [1]) }, (all: All) =>
      pairwiseRewardLoss({ ...(all as never as Parameters<typeof pairwiseRewardLoss>[0]), centerCoefficient: 0.5 }),
    );
    expect(got.loss).toBeCloseTo(Math.log1p(Math.exp(-2)) + 0.5 * 16, 5);
    expectArray(got.gradients.chosenScores!, [-1 / (1 + Math.exp(2)) + 4]);
  });

  test('a part of a batch divides by the whole', () => {
    const leaves = { chosenScores: float32([3], [1]), rejectedScores: float32([1], [1]) };
    const got = differentiate(runtime, leaves, { pairMask: bool([true], [1]) }, (all: All) =>
      pairwiseRewardLoss({
        ...(all as never as Parameters<typeof pairwiseRewardLoss>[0]),
        centerCoefficient: 0,
        entries: tf.scalar(4),
      }),
    );
    expect(got.loss).toBeCloseTo(Math.log1p(Math.exp(-2)) / 4, 6);
  });
});

test.each(cases)('spans and the places of the scores: $name', ({ inputs, expected }) => {
  const [chosen, rejected] = [ints(inputs.chosen_ids), ints(inputs.rejected_ids)];
  const rowOf = ({ data, shape }: IntHost, row: number) => data.subarray(row * shape[1]!, (row + 1) * shape[1]!);
  const scores = (inputs.chosen_rewards as readonly (readonly number[])[])!;
  const others = inputs.rejected_rewards as readonly (readonly number[])[];
  expected.div_end_cend_rend.forEach(([divergence, end, chosenEnd, rejectedEnd], row) => {
    const span = rewardSpan(rowOf(chosen, row), rowOf(rejected, row), inputs.pad);
    expect(span).toEqual({ divergence, end, chosenEnd, rejectedEnd });
    expect(scores[row]![span.end - 1]).toBe(expected.chosen_end[row]);
    expect(others[row]![span.end - 1]).toBe(expected.rejected_end[row]);
    expect(scores[row]![span.chosenEnd - 1]).toBe(expected.chosen_inference[row]);
    expect(others[row]![span.rejectedEnd - 1]).toBe(expected.rejected_inference[row]);
  });
});

test('a pair that truncation made equal has no span', () => {
  const row = { dtype: 'int32', shape: [1, 3], data: Int32Array.of(5, 6, 0) } as const;
  expect([...rewardSpanMask(row, row, 0).data]).toEqual([0, 0, 0]);
});
