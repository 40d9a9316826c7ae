import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparePairs } from '#engine/advantage/compared-pairs.ts';
import { type FloatHost, float32, type HostTensor } from '#engine/runtime/host-tensor.ts';
import { entropyAndLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { takeRows } from '#engine/runtime/take-rows.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { type OnlineDpoSettings, onlineDpoLoss } from '#engine/update/losses/online-dpo.ts';
import { expectArray, flags, flat, floats, ints, type Nested } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface GoldenCase {
  readonly loss_type: OnlineDpoSettings['lossType'];
  readonly beta: number;
  readonly penalty: number | null;
  readonly loss: number;
  readonly dlogits: Nested;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Made by TRL's own trainer: tests/golden/make_response_losses.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/response-losses/losses.json', import.meta.url), 'utf8'),
) as Readonly<Record<'logits' | 'labels' | 'mask' | 'ref', Nested>> & {
  readonly rewards: readonly number[];
  readonly ended: readonly boolean[];
  readonly online_dpo: readonly GoldenCase[];
};
const [ROWS, WIDTH, WORDS] = [8, 5, 7] as const;
const named = golden.online_dpo.map((one) => ({
  name: `${one.loss_type}, β ${one.beta}, penalty ${one.penalty}`,
  one,
}));
const STATS = ['logps/chosen', 'logps/rejected', 'rewards/accuracies', 'rewards/chosen', 'rewards/rejected'];

/** Scores with TRL's penalty for a response that did not end by itself. */
const penalized = ({ penalty }: GoldenCase) =>
  golden.rewards.map((score, row) => score - (golden.ended[row] ? 0 : (penalty ?? 0)));

test.each(named)('the better response of each pair: $name', ({ one }) => {
  const scores = penalized(one);
  const { chosen, rejected } = comparePairs(scores);
  const margins = chosen.map((row, pair) => scores[row]! - scores[rejected[pair]!]!);
  expect(chosen.map((row, pair) => [row, rejected[pair]!].sort())).toEqual([0, 2, 4, 6].map((row) => [row, row + 1]));
  expectArray([margins.reduce((sum, x) => sum + x, 0) / margins.length], one.metrics['objective/scores_margin']!);
  // The third pair is a tie.
  expect(chosen[2]).toBe(4);
});

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  function run(
    one: GoldenCase,
    changed: Readonly<Record<string, FloatHost>> = {},
    logits: FloatHost = floats(golden.logits),
  ) {
    const { chosen, rejected } = comparePairs(penalized(one));
    const order = chosen.flatMap((row, pair) => [row, rejected[pair]!]);
    const arrays: Record<string, HostTensor> = {
      labels: ints(golden.labels),
      refLogprobs: floats(golden.ref),
      responseMask: flags(golden.mask),
      ...changed,
    };
    const taken = Object.entries(arrays).map(([key, array]) => [key, takeRows(array as FloatHost, order)]);
    const inputs = { ...Object.fromEntries(taken), beta: float32([one.beta], []) } as Record<string, HostTensor>;
    const settings = { lossType: one.loss_type, pairs: ROWS / 2 };
    const got = differentiate(runtime, { logits: takeRows(logits, order) }, inputs, (all: Record<string, Tensor>) =>
      onlineDpoLoss(
        {
          ...(all as never as Parameters<typeof onlineDpoLoss>[0]),
          logprobs: entropyAndLogprobs(all.logits!, all.labels!).logprobs,
        },
        settings,
      ),
    );
    const places = order.map((_, row) => order.indexOf(row));
    const gradient = takeRows(float32(got.gradients.logits as Float32Array, [ROWS, WIDTH, WORDS]), places);
    return { loss: got.loss, stats: got.stats, gradient: gradient.data };
  }

  test.each(named)('loss, gradient, and metrics of TRL: $name', ({ one }) => {
    const got = run(one);
    expectArray([got.loss], one.loss);
    expectArray(got.gradient, one.dlogits);
    for (const key of STATS) expectArray([got.stats[key]!], one.metrics[key]!);
    expect(Object.keys(got.stats).sort()).toEqual(STATS);
  });

  test.each(named)('nothing outside the mask has an influence: $name', ({ one }) => {
    const stored = flat(golden.mask);
    const disturb = (x: Nested, value: number, per: number) =>
      flat(x).map((number, i) => (stored[Math.floor(i / per)] ? number : value));
    const got = run(
      one,
      { refLogprobs: float32(disturb(golden.ref, Number.NaN, 1), [ROWS, WIDTH]) },
      float32(disturb(golden.logits, 50, WORDS), [ROWS, WIDTH, WORDS]),
    );
    expect(got).toEqual(run(one));
    expect(Array.from(got.gradient).every((x, i) => stored[Math.floor(i / WORDS)] || x === 0)).toBe(true);
  });
});
