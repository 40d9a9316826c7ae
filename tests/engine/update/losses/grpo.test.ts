import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupAdvantages, perEntry } from '#engine/advantage/group-advantages.ts';
import { float32, type HostTensor } from '#engine/runtime/host-tensor.ts';
import { entropyAndLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { grpoLoss } from '#engine/update/losses/grpo.ts';
import type { GrpoLossType, GrpoSettings } from '#engine/update/losses/grpo-inputs.ts';
import { expectArray, flags, flat, floats, ints, type Nested } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface Golden {
  readonly group: number;
  readonly logits: Nested;
  readonly labels: Nested;
  readonly old: Nested;
  readonly ref: Nested;
  readonly rewards: readonly number[];
  readonly grpo: readonly GoldenCase[];
}
interface GoldenCase {
  readonly hyper: {
    readonly loss_type: GrpoLossType;
    readonly importance_sampling_level: 'token' | 'sequence';
    readonly beta: number;
    readonly epsilon: number;
    readonly epsilon_high: number;
    readonly entropy_coef: number;
    readonly use_bias_correction_kl: boolean;
    readonly scale_rewards: 'group' | 'batch' | 'none';
    readonly max_completion_length: number;
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
) as Golden;
const [ROWS, WIDTH] = [6, 5] as const;
const named = golden.grpo.map((one) => ({
  name: Object.entries(one.hyper)
    .map(([key, value]) => `${key} ${value}`)
    .join(', '),
  one,
}));

const settingsOf = ({ hyper }: GoldenCase): GrpoSettings => ({
  lossType: hyper.loss_type,
  importanceSamplingLevel: hyper.importance_sampling_level,
  epsilon: hyper.epsilon,
  epsilonHigh: hyper.epsilon_high,
  useBiasCorrectionKl: hyper.use_bias_correction_kl,
  entropyCoef: hyper.entropy_coef,
  rows: ROWS,
  maxCompletionLength: hyper.max_completion_length,
});

function inputsOf(one: GoldenCase) {
  const entries = flat(one.learned).reduce((sum, bit) => sum + bit, 0);
  return {
    labels: ints(golden.labels),
    oldLogprobs: floats(golden.old),
    refLogprobs: floats(golden.ref),
    advantages: perEntry(one.advantages, [ROWS, WIDTH]),
    responseMask: flags(one.learned),
    beta: float32([one.hyper.beta], []),
    items: float32([entries], []),
  };
}

/** TRL's key of each statistic. */
const KEYS = {
  kl: 'kl',
  entropy: 'entropy',
  objective: 'policy_loss',
  cispo_clip: 'cispo_clip_ratio',
  low_clip: 'clip_ratio/low_mean',
  low_min: 'clip_ratio/low_min',
  high_clip: 'clip_ratio/high_mean',
  high_max: 'clip_ratio/high_max',
  region_clip: 'clip_ratio/region_mean',
} as const;

test.each(named)('advantages of $name', ({ one }) => {
  const got = groupAdvantages(golden.rewards, golden.group, one.hyper.scale_rewards);
  expectArray(got, one.advantages, { tolerance: 1e-12 });
});

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  const run = (one: GoldenCase, changed: Readonly<Record<string, HostTensor>> = {}, logits = floats(golden.logits)) =>
    differentiate(runtime, { logits }, { ...inputsOf(one), ...changed }, (all: Record<string, Tensor>) =>
      grpoLoss(
        { ...(all as never as Parameters<typeof grpoLoss>[0]), ...entropyAndLogprobs(all.logits!, all.labels!) },
        settingsOf(one),
      ),
    );

  test.each(named)('loss, gradient, and metrics of TRL: $name', ({ one }) => {
    const got = run(one);
    expectArray([got.loss], one.loss);
    expectArray(got.gradients.logits!, one.dlogits);
    for (const [stat, key] of Object.entries(KEYS)) {
      if (key in one.metrics && stat in got.stats) expectArray([got.stats[stat]!], one.metrics[key]!);
    }
    const wanted = Object.keys(one.metrics).filter((key) => key !== 'entropy_coef');
    const given = Object.keys(got.stats).map((stat) => KEYS[stat as keyof typeof KEYS]);
    expect(wanted.filter((key) => !(given as string[]).includes(key))).toEqual([]);
  });

  test.each(named)('nothing outside the mask has an influence: $name', ({ one }) => {
    const stored = flat(one.learned);
    const disturbed = (x: Nested, value: number, per = 1) =>
      float32(
        flat(x).map((number, i) => (stored[Math.floor(i / per)] ? number : value)),
        per === 1 ? [ROWS, WIDTH] : [ROWS, WIDTH, per],
      );
    const clean = run(one);
    const got = run(
      one,
      { oldLogprobs: disturbed(golden.old, -1e30), refLogprobs: disturbed(golden.ref, Number.NaN) },
      disturbed(golden.logits, 50, 7),
    );
    expect(got.loss).toBe(clean.loss);
    expect(got.stats).toEqual(clean.stats);
    expect(Array.from(got.gradients.logits!)).toEqual(Array.from(clean.gradients.logits!));
    const outside = Array.from(got.gradients.logits!).filter((_, i) => !stored[Math.floor(i / 7)]);
    expect(outside.every((x) => x === 0)).toBe(true);
  });
});
