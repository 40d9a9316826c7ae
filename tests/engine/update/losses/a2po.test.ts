import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perEntry } from '#engine/advantage/group-advantages.ts';
import { rowsIn } from '#engine/advantage/learned-entries.ts';
import { optimalValue } from '#engine/advantage/optimal-values.ts';
import { type FloatHost, float32, type HostTensor } from '#engine/runtime/host-tensor.ts';
import { entropyAndLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { a2poLoss } from '#engine/update/losses/a2po.ts';
import { expectArray, flags, flat, floats, ints, type Nested } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface GoldenCase {
  readonly beta2: number;
  readonly advantages: readonly number[];
  readonly learned: Nested;
  readonly loss: number;
  readonly dlogits: Nested;
  readonly metrics: Readonly<Record<'implicit_reward' | 'advantage', number>>;
}

/** Made by TRL's own trainer: tests/golden/make_response_losses.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/response-losses/losses.json', import.meta.url), 'utf8'),
) as Readonly<Record<'logits' | 'labels' | 'ref', Nested>> & {
  readonly values: readonly {
    readonly beta1: number;
    readonly samples: readonly (readonly number[])[];
    readonly values: readonly number[];
  }[];
  readonly a2po: readonly GoldenCase[];
};
const [ROWS, WIDTH, WORDS] = [8, 5, 7] as const;
const named = golden.a2po.map((one, index) => ({ name: `case ${index}, β₂ ${one.beta2}`, one }));

test.each(golden.values)('optimal values of $samples at β₁ $beta1', ({ beta1, samples, values }) => {
  const got = samples.map((scores) => optimalValue(scores, beta1));
  expectArray(
    got.map(({ value }) => value),
    values,
    { tolerance: 1e-9 },
  );
  expect(got.map(({ isAllZero }) => isAllZero)).toEqual([false, true, false, false]);
});

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  function run(
    one: GoldenCase,
    changed: Readonly<Record<string, HostTensor>> = {},
    logits: FloatHost = floats(golden.logits),
  ) {
    const responseMask = flags(one.learned);
    const inputs = {
      labels: ints(golden.labels),
      refLogprobs: floats(golden.ref),
      advantages: perEntry(one.advantages, [ROWS, WIDTH]),
      responseMask,
      beta2: float32([one.beta2], []),
      responses: float32([rowsIn(responseMask)], []),
      ...changed,
    };
    return differentiate(runtime, { logits }, inputs, (all: Record<string, Tensor>) =>
      a2poLoss({
        ...(all as never as Parameters<typeof a2poLoss>[0]),
        logprobs: entropyAndLogprobs(all.logits!, all.labels!).logprobs,
      }),
    );
  }

  test.each(named)('loss, gradient, and metrics of TRL: $name', ({ one }) => {
    const got = run(one);
    expectArray([got.loss], one.loss);
    expectArray(got.gradients.logits!, one.dlogits);
    expectArray([got.stats.implicit_reward!, got.stats.advantage!], Object.values(one.metrics));
    expect(Object.keys(got.stats).sort()).toEqual(['advantage', 'implicit_reward']);
  });

  test.each(named)('nothing outside the mask has an influence: $name', ({ one }) => {
    const stored = flat(one.learned);
    const isLearned = Array.from({ length: ROWS }, (_, row) =>
      stored.slice(row * WIDTH, (row + 1) * WIDTH).some(Boolean),
    );
    const disturb = (x: Nested, value: number, per: number) =>
      flat(x).map((number, i) => (stored[Math.floor(i / per)] ? number : value));
    const advantages = perEntry(
      one.advantages.map((value, row) => (isLearned[row] ? value : Number.NaN)),
      [ROWS, WIDTH],
    );
    const got = run(
      one,
      { advantages, refLogprobs: float32(disturb(golden.ref, Number.NaN, 1), [ROWS, WIDTH]) },
      float32(disturb(golden.logits, 50, WORDS), [ROWS, WIDTH, WORDS]),
    );
    expect(got).toEqual(run(one));
    expect(Array.from(got.gradients.logits!).every((x, i) => stored[Math.floor(i / WORDS)] || x === 0)).toBe(true);
  });
});
