import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leaveOneOutAdvantages, perEntry } from '#engine/advantage/group-advantages.ts';
import { responseKl } from '#engine/reward/shape-rewards.ts';
import { type FloatHost, float32, type HostTensor } from '#engine/runtime/host-tensor.ts';
import { entropyAndLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { rlooLoss } from '#engine/update/losses/rloo.ts';
import { expectArray, flags, flat, floats, ints, type Nested } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface GoldenCase {
  readonly hyper: {
    readonly beta: number;
    readonly epsilon: number;
    readonly epsilon_high: number;
    readonly normalize_advantages: boolean;
    readonly mask_truncated: boolean;
  };
  readonly learned: Nested;
  readonly advantages: readonly number[];
  readonly loss: number;
  readonly dlogits: Nested;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Made by TRL's own trainer: tests/golden/make_group_losses.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/group-losses/losses.json', import.meta.url), 'utf8'),
) as Readonly<Record<'logits' | 'labels' | 'old' | 'ref', Nested>> & {
  readonly group: number;
  readonly rewards: readonly number[];
  readonly rloo: readonly GoldenCase[];
};
const [ROWS, WIDTH] = [6, 5] as const;
const named = golden.rloo.map((one) => ({ name: JSON.stringify(one.hyper), one }));

/** TRL's key of each statistic. */
const KEYS = {
  entropy: 'entropy',
  low_clip: 'clip_ratio/low_mean',
  low_min: 'clip_ratio/low_min',
  high_clip: 'clip_ratio/high_mean',
  high_max: 'clip_ratio/high_max',
  region_clip: 'clip_ratio/region_mean',
} as const;

test.each(named)('the KL in the reward and the advantages of $name', ({ one }) => {
  const responseMask = flags(one.learned);
  const kl = responseKl({ responseMask, oldLogprobs: floats(golden.old), refLogprobs: floats(golden.ref) });
  const penalized = golden.rewards.map((reward, row) => reward - one.hyper.beta * kl[row]!);
  const got = leaveOneOutAdvantages(penalized, golden.group, one.hyper.normalize_advantages);
  expectArray(got, one.advantages, { tolerance: 1e-6 });
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
    const inputs = {
      labels: ints(golden.labels),
      oldLogprobs: floats(golden.old),
      advantages: perEntry(one.advantages, [ROWS, WIDTH]),
      responseMask: flags(one.learned),
      ...changed,
    };
    const settings = { epsilon: one.hyper.epsilon, epsilonHigh: one.hyper.epsilon_high, rows: ROWS };
    return differentiate(runtime, { logits }, inputs, (all: Record<string, Tensor>) =>
      rlooLoss(
        { ...(all as never as Parameters<typeof rlooLoss>[0]), ...entropyAndLogprobs(all.logits!, all.labels!) },
        settings,
      ),
    );
  }

  test.each(named)('loss, gradient, and metrics of TRL: $name', ({ one }) => {
    const got = run(one);
    expectArray([got.loss], one.loss);
    expectArray(got.gradients.logits!, one.dlogits);
    for (const [stat, key] of Object.entries(KEYS)) expectArray([got.stats[stat]!], one.metrics[key]!);
    expect(Object.keys(got.stats).sort()).toEqual(Object.keys(KEYS).sort());
  });

  test.each(named)('nothing outside the mask has an influence: $name', ({ one }) => {
    const stored = flat(one.learned);
    const clean = run(one);
    const disturb = (x: Nested, value: number, per: number) =>
      flat(x).map((number, i) => (stored[Math.floor(i / per)] ? number : value));
    const got = run(
      one,
      { oldLogprobs: float32(disturb(golden.old, Number.NaN, 1), [ROWS, WIDTH]) },
      float32(disturb(golden.logits, 50, 7), [ROWS, WIDTH, 7]),
    );
    expect(got).toEqual(clean);
    expect(Array.from(got.gradients.logits!).every((x, i) => stored[Math.floor(i / 7)] || x === 0)).toBe(true);
  });
});
