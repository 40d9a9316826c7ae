import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bool, type FloatHost, float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { type DpoInputs, type DpoSettings, dpoLoss } from '#engine/update/losses/dpo.ts';
import { type KtoInputs, type KtoSettings, ktoLoss } from '#engine/update/losses/kto.ts';
import { preferenceReport } from '#engine/update/losses/preference-statistics.ts';
import { expectArray, flags, floats, type Nested } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

/** Expected numbers: tests/golden/make_preferences.py, TRL 1.16 in float64. */
const FOLDER = new URL('../../../fixtures/preferences/', import.meta.url);

interface LossCase {
  readonly settings: {
    readonly loss_type: DpoSettings['lossType'];
    readonly beta: number;
    readonly label_smoothing: number;
  };
  readonly inputs: Readonly<Record<'logprobs' | 'trained_mask' | 'ref_logprobs' | 'mean_logits' | 'is_top1', Nested>>;
  readonly loss: number;
  readonly gradient: Nested;
  readonly metrics: Readonly<Record<string, number>>;
}

const { losses: DPO } = JSON.parse(readFileSync(new URL('dpo.json', FOLDER), 'utf8')) as {
  readonly losses: readonly LossCase[];
};

const settingsOf = ({ settings }: LossCase): DpoSettings => ({
  lossType: settings.loss_type,
  beta: settings.beta,
  labelSmoothing: settings.label_smoothing,
});

interface KtoCase extends Omit<LossCase, 'settings' | 'inputs'> {
  readonly settings: Readonly<Record<'beta' | 'desirable_weight' | 'undesirable_weight', number>>;
  readonly inputs: LossCase['inputs'] & { readonly label: Nested };
  readonly kl: number;
}

const { losses: KTO } = JSON.parse(readFileSync(new URL('kto.json', FOLDER), 'utf8')) as {
  readonly losses: readonly KtoCase[];
};

const ktoSettings = ({ settings }: KtoCase): KtoSettings => ({
  beta: settings.beta,
  desirableWeight: settings.desirable_weight,
  undesirableWeight: settings.undesirable_weight,
});

type All = Record<string, Tensor>;

const lossWith = (settings: DpoSettings) => (all: All) => {
  const { meanLogits, hits, ...inputs } = all;
  const readings = meanLogits && hits ? { readings: { meanLogits, hits } } : {};
  return dpoLoss({
    ...(inputs as unknown as Pick<DpoInputs, 'logprobs' | 'trainedMask' | 'refLogprobs' | 'pairMask'>),
    ...readings,
    ...settings,
  });
};

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  const dpo = (settings: DpoSettings, logprobs: FloatHost, inputs: Parameters<typeof differentiate>[2]) =>
    differentiate(runtime, { logprobs }, inputs, lossWith(settings));

  const inputsOf = ({ inputs }: LossCase) => ({
    trainedMask: flags(inputs.trained_mask),
    refLogprobs: floats(inputs.ref_logprobs),
    meanLogits: floats(inputs.mean_logits),
    hits: floats(inputs.is_top1),
    pairMask: bool(
      Array.from({ length: 4 }, () => true),
      [4],
    ),
  });

  test.each(DPO.map((one) => [JSON.stringify(one.settings), one] as const))('dpo as in TRL: %s', (_, one) => {
    const got = dpo(settingsOf(one), floats(one.inputs.logprobs), inputsOf(one));
    expectArray([got.loss], one.loss);
    expectArray(got.gradients.logprobs!, one.gradient);
    const told = preferenceReport(got.stats);
    expect(Object.keys(one.metrics)).toHaveLength(9);
    for (const [key, value] of Object.entries(one.metrics)) expectArray([told[key] ?? Number.NaN], value);
  });

  test.each(DPO.map((one) => [JSON.stringify(one.settings), one] as const))(
    'what is masked has no influence: %s',
    (_, one) => {
      const { logprobs, trained_mask } = one.inputs;
      const [clean, trained] = [floats(logprobs), flags(trained_mask)];
      const wild = [Number.NaN, Number.POSITIVE_INFINITY, 1e30, -1e30];
      const poisoned = clean.data.map((value, at) => (trained.data[at] ? value : wild[at % wild.length]!));
      const inputs = inputsOf(one);
      const got = dpo(settingsOf(one), float32(poisoned, clean.shape), {
        ...inputs,
        meanLogits: float32(poisoned, clean.shape),
      });
      const want = dpo(settingsOf(one), clean, { ...inputs, meanLogits: clean });
      expect(got.loss).toBe(want.loss);
      expect(Array.from(got.gradients.logprobs!)).toEqual(Array.from(want.gradients.logprobs!));
      expect(got.stats).toEqual(want.stats);
    },
  );

  test('a filler pair has no influence, whatever it contains', () => {
    const one = DPO[0]!;
    const [all, inputs] = [floats(one.inputs.logprobs), inputsOf(one)];
    const t = all.shape[1]!;
    const want = dpo(settingsOf(one), all, { ...inputs, pairMask: bool([true, true, true, false], [4]) });
    // Pair 3 is in rows 3 and 7.
    const filled = all.data.map((value, at) => (Math.floor(at / t) % 4 === 3 ? -40 : value));
    const got = dpo(settingsOf(one), float32(filled, all.shape), {
      ...inputs,
      pairMask: bool([true, true, true, false], [4]),
    });
    expect(got.loss).toBe(want.loss);
    expect(got.stats).toEqual(want.stats);
    const rows = (gradients: ArrayLike<number>, row: number) => Array.from(gradients).slice(row * t, (row + 1) * t);
    for (const row of [3, 7]) expect(rows(got.gradients.logprobs!, row).every((value) => value === 0)).toBe(true);
  });

  test('parts of a batch add up to the whole', () => {
    const one = DPO[0]!;
    const [all, inputs] = [floats(one.inputs.logprobs), inputsOf(one)];
    const part = (pairMask: readonly boolean[]) =>
      dpo(settingsOf(one), all, { ...inputs, pairMask: bool(pairMask, [4]), entries: float32([4], []) });
    const parts = [part([true, true, false, false]), part([false, false, true, true])];
    expectArray([parts[0]!.loss + parts[1]!.loss], one.loss);
    const sum = Object.fromEntries(
      Object.keys(parts[0]!.stats).map((key) => [key, parts[0]!.stats[key]! + parts[1]!.stats[key]!]),
    );
    const told = preferenceReport(sum);
    for (const [key, value] of Object.entries(one.metrics)) expectArray([told[key] ?? Number.NaN], value);
  });

  test('far from the reference, the loss is linear and its gradient finite', () => {
    // z = β · (-400 - 400): -log σ(z) = -z to float32's precision; its slope by a log-prob is -β.
    const settings: DpoSettings = { lossType: 'sigmoid', beta: 0.5, labelSmoothing: 0 };
    const got = dpo(settings, float32([-500, -100], [2, 1]), {
      trainedMask: bool([true, true], [2, 1]),
      refLogprobs: float32([-100, -500], [2]),
      pairMask: bool([true], [1]),
    });
    expect(got.loss).toBeCloseTo(400, 3);
    expectArray(got.gradients.logprobs!, [-0.5, 0.5]);
  });

  const kto = (one: KtoCase, logprobs: FloatHost, over: Parameters<typeof differentiate>[2] = {}) => {
    const inputs = {
      trainedMask: flags(one.inputs.trained_mask),
      refLogprobs: floats(one.inputs.ref_logprobs),
      meanLogits: floats(one.inputs.mean_logits),
      hits: floats(one.inputs.is_top1),
      desiredMask: flags(one.inputs.label),
      rowMask: bool(new Uint8Array(6).fill(1), [6]),
      kl: float32([one.kl], []),
      ...over,
    };
    return differentiate(runtime, { logprobs }, inputs, ({ meanLogits, hits, ...all }: All) =>
      ktoLoss({
        ...(all as unknown as Omit<KtoInputs, keyof KtoSettings>),
        readings: { meanLogits: meanLogits!, hits: hits! },
        ...ktoSettings(one),
      }),
    );
  };
  const ktoCases = KTO.map((one) => [JSON.stringify(one.settings), one] as const);

  test.each(ktoCases)('kto as in TRL: %s', (_, one) => {
    const got = kto(one, floats(one.inputs.logprobs));
    expectArray([got.loss], one.loss);
    expectArray(got.gradients.logprobs!, one.gradient);
    const told = preferenceReport(got.stats);
    expect(Object.keys(one.metrics)).toHaveLength(7);
    for (const [key, value] of Object.entries(one.metrics)) expectArray([told[key] ?? Number.NaN], value);
    expect(told['kto/kl']).toBeCloseTo(one.kl, 6);
  });

  test('kto: what is masked has no influence, and neither has a filler row', () => {
    const one = KTO[0]!;
    const [clean, trained] = [floats(one.inputs.logprobs), flags(one.inputs.trained_mask)];
    const t = clean.shape[1]!;
    const rowMask = bool([true, true, true, true, true, false], [6]);
    const isMasked = (at: number) => !trained.data[at];
    const poisoned = clean.data.map((value, at) =>
      isMasked(at) ? Number.NaN : Math.floor(at / t) === 5 ? -40 : value,
    );
    const [got, want] = [kto(one, float32(poisoned, clean.shape), { rowMask }), kto(one, clean, { rowMask })];
    expect(got.loss).toBe(want.loss);
    expect(got.stats).toEqual(want.stats);
    expect(Array.from(got.gradients.logprobs!)).toEqual(Array.from(want.gradients.logprobs!));
    expect(Array.from(got.gradients.logprobs!).slice(5 * t)).toEqual(Array.from({ length: t }, () => 0));
  });
});
