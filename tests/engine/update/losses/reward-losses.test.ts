import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bool, float32 } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { pairInputs } from '#engine/session/supervised/pair-batches.ts';
import { pairwiseRewardLoss } from '#engine/update/losses/pairwise-reward.ts';
import { tokenwiseRewardLoss } from '#engine/update/losses/tokenwise-reward.ts';
import { expectArray, floats, type Nested, readGolden } from '../../../support/apa-vectors.ts';
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

/** What a step compares of a case's pairs, from where and how far each of their texts goes. */
function comparedIn({ chosen_ids, rejected_ids, pad }: PairwiseCase['inputs'], expected: PairwiseCase['expected']) {
  const [chosen, rejected] = [chosen_ids, rejected_ids] as unknown as readonly (readonly number[])[][];
  const text = (row: readonly number[], end: number) => {
    const ids = row.slice(0, end);
    return { row: { ids, trained: ids.map(() => true) }, lost: 0 };
  };
  const pairs = expected.div_end_cend_rend.map(([divergence, , chosenEnd, rejectedEnd], at) => ({
    chosen: text(chosen![at]!, chosenEnd!),
    rejected: text(rejected![at]!, rejectedEnd!),
    divergence: divergence!,
  }));
  const batch = { loss: 'tokenwise', size: pairs.length, padTokenId: pad, maxLength: chosen![0]!.length } as const;
  return pairInputs(pairs as never, 'update', batch).comparedMask!;
}

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test.each(cases)('tokenwise: $name', ({ inputs, expected }) => {
    const leaves = { chosenRewards: floats(inputs.chosen_rewards), rejectedRewards: floats(inputs.rejected_rewards) };
    const spanMask = comparedIn(inputs, expected);
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
