import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { klEstimate } from '#engine/reward/kl-estimators.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { entropyAndLogprobs, labelLogprobs, logSoftmax } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { apaLoss } from '#engine/update/losses/apa.ts';
import { awrLoss } from '#engine/update/losses/awr.ts';
import { clippedValueLoss } from '#engine/update/losses/clipped-value.ts';
import type { LossResult } from '#engine/update/losses/loss-result.ts';
import { ppoLoss } from '#engine/update/losses/ppo.ts';
import { valueLoss } from '#engine/update/losses/value.ts';
import { expectArray, flags, flat, floats, ints, type Nested, readGolden } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { maskedMean } from '../../../support/masked-mean.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

interface Policy {
  readonly loss: number;
  readonly dlogp: Nested;
  readonly dlogits: Nested;
}
interface TokenCase {
  readonly name: string;
  readonly hyper: Readonly<Record<'lambda_apa' | 'lambda_awr' | 'cliprange' | 'cliprange_value' | 'vf_coef', number>>;
  readonly inputs: Readonly<
    Record<
      | 'logits'
      | 'ref_logits'
      | 'labels'
      | 'ref_logp'
      | 'old_logp'
      | 'adv'
      | 'values'
      | 'old_values'
      | 'returns'
      | 'mask',
      Nested
    >
  >;
  readonly expected: {
    readonly n: number;
    readonly logp: Nested;
    readonly entropy: Nested;
    readonly entropy_masked_mean: number;
    readonly apa: Policy;
    readonly awr: Policy;
    readonly ppo: Policy & Readonly<Record<'clipfrac' | 'approx_kl_masked' | 'ratio_mean', number>>;
    readonly vf_unclipped: { readonly loss: number; readonly dvalues: Nested };
    readonly vf_clipped: { readonly loss: number; readonly clipfrac: number; readonly dvalues: Nested };
    readonly kl: Readonly<Record<'k1_mean' | 'k2_mean' | 'k3_mean' | 'exact_masked_mean', number>> & { exact: Nested };
    readonly total: Readonly<Record<'apa' | 'awr' | 'ppo', number>>;
  };
}

const { token_cases: cases } = readGolden<{ readonly token_cases: readonly TokenCase[] }>('vectors.json');

type Loss = (all: Record<string, Tensor>) => LossResult;

/** The three policy losses of a case, as functions of `logprobs` and the other inputs. */
function policyLosses({ hyper }: TokenCase): Readonly<Record<'apa' | 'awr' | 'ppo', Loss>> {
  return {
    apa: (all) => apaLoss({ ...(all as never as Parameters<typeof apaLoss>[0]), lambda: tf.scalar(hyper.lambda_apa) }),
    awr: (all) =>
      awrLoss({
        ...(all as never as Parameters<typeof awrLoss>[0]),
        lambda: tf.scalar(hyper.lambda_awr),
        weightMax: null,
      }),
    ppo: (all) => ppoLoss({ ...(all as never as Parameters<typeof ppoLoss>[0]), cliprange: hyper.cliprange }),
  };
}

function inputsOf({ inputs }: TokenCase) {
  return {
    refLogprobs: floats(inputs.ref_logp),
    oldLogprobs: floats(inputs.old_logp),
    advantages: floats(inputs.adv),
    oldValues: floats(inputs.old_values),
    returns: floats(inputs.returns),
    responseMask: flags(inputs.mask),
  };
}

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test.each(cases)('$name: policy losses, gradients by log-probs and by logits', (one) => {
    const losses = policyLosses(one);
    const inputs = inputsOf(one);
    for (const method of ['apa', 'awr', 'ppo'] as const) {
      const want = one.expected[method];
      const direct = differentiate(runtime, { logprobs: floats(one.expected.logp) }, inputs, losses[method]);
      expectArray([direct.loss], want.loss);
      expectArray(direct.gradients.logprobs!, want.dlogp);
      const through = differentiate(
        runtime,
        { logits: floats(one.inputs.logits) },
        { ...inputs, labels: ints(one.inputs.labels) },
        (all) => losses[method]({ ...all, logprobs: labelLogprobs(all.logits!, all.labels!) }),
      );
      expectArray([through.loss], want.loss);
      expectArray(through.gradients.logits!, want.dlogits);
    }
  });

  test.each(cases)('$name: statistics of PPO', (one) => {
    const { stats } = differentiate(
      runtime,
      { logprobs: floats(one.expected.logp) },
      inputsOf(one),
      policyLosses(one).ppo,
    );
    const { clipfrac, approx_kl_masked, ratio_mean } = one.expected.ppo;
    expectArray([stats.clipfrac!], clipfrac);
    // A difference of numbers near 1: its own size says nothing of its rounding.
    expectArray([stats.approx_kl_k3!], approx_kl_masked, { floor: 1 });
    expectArray([stats.ratio!], ratio_mean);
  });

  test.each(cases)('$name: value losses and totals', (one) => {
    const values = { values: floats(one.inputs.values) };
    const inputs = inputsOf(one);
    const { hyper, expected } = one;
    const free = differentiate(runtime, values, inputs, (all) => valueLoss(all as never));
    expectArray([free.loss], expected.vf_unclipped.loss);
    expectArray(free.gradients.values!, expected.vf_unclipped.dvalues);
    const clipped = differentiate(runtime, values, inputs, (all) =>
      clippedValueLoss({
        ...(all as never as Parameters<typeof clippedValueLoss>[0]),
        cliprangeValue: hyper.cliprange_value,
      }),
    );
    expectArray([clipped.loss], expected.vf_clipped.loss);
    expectArray([clipped.stats.value_clipfrac!], expected.vf_clipped.clipfrac);
    expectArray(clipped.gradients.values!, expected.vf_clipped.dvalues);
    expectArray([expected.apa.loss + hyper.vf_coef * free.loss], expected.total.apa);
    expectArray([expected.ppo.loss + hyper.vf_coef * clipped.loss], expected.total.ppo);
  });

  test.each(cases)('$name: log-probs, entropy and exact KL', (one) => {
    const step = runtime.compile(`forward ${one.name}`, (_, all) => {
      const { entropy, logprobs } = entropyAndLogprobs(all.logits!, all.labels!);
      const ours = logSoftmax(all.logits!);
      const exact = tf.sum(tf.mul(tf.exp(ours), tf.sub(ours, logSoftmax(all.refLogits!))), -1);
      return {
        entropy,
        logprobs,
        exact,
        entropyMean: maskedMean(entropy, all.responseMask!),
        exactMean: maskedMean(exact, all.responseMask!),
      };
    });
    const { inputs, expected } = one;
    const got = step({
      logits: floats(inputs.logits),
      refLogits: floats(inputs.ref_logits),
      labels: ints(inputs.labels),
      responseMask: flags(inputs.mask),
    });
    expectArray(got.logprobs!.data, expected.logp);
    expectArray(got.entropy!.data, expected.entropy);
    expectArray(got.entropyMean!.data, expected.entropy_masked_mean);
    expectArray(got.exact!.data, expected.kl.exact);
    expectArray(got.exactMean!.data, expected.kl.exact_masked_mean);
  });
});

test.each(cases)('$name: KL estimators', ({ inputs, expected }) => {
  const stored = flat(inputs.mask);
  const [logprobs, refs] = [flat(expected.logp), flat(inputs.ref_logp)];
  for (const estimator of ['k1', 'k2', 'k3'] as const) {
    const sum = stored.reduce((total, on, i) => total + (on ? klEstimate(estimator, logprobs[i]!, refs[i]!) : 0), 0);
    expectArray([sum / expected.n], expected.kl[`${estimator}_mean`]);
  }
});

test('statistics of APA and AWR, worked by hand', async () => {
  const runtime = await runtimeKinds.at(-1)!.start();
  const inputs = {
    refLogprobs: float32([-1, -2, -9], [1, 3]),
    advantages: float32([1, -1, 9], [1, 3]),
    responseMask: flags([[1, 1, 0]]),
  };
  // λ = 1/2: targets -1 + 2 = 1 (above log 1) and -2 - 2 = -4; residuals -1 - 1 = -2 and -1 + 4 = 3.
  const apa = differentiate(runtime, { logprobs: float32([-1, -1, 5], [1, 3]) }, inputs, (all) =>
    apaLoss({ ...(all as never as Parameters<typeof apaLoss>[0]), lambda: tf.scalar(0.5) }),
  );
  expect(apa.loss).toBeCloseTo((4 + 9) / 2, 5);
  expect(apa.stats).toEqual({ residual_mean: 0.5, unreachable_share: 0.5 });
  // Weights exp(1) and exp(-1), the larger one capped at 2.
  const awr = differentiate(runtime, { logprobs: float32([-1, -1, 5], [1, 3]) }, inputs, (all) =>
    awrLoss({ ...(all as never as Parameters<typeof awrLoss>[0]), lambda: tf.scalar(1), weightMax: 2 }),
  );
  expect(awr.loss).toBeCloseTo((2 + Math.exp(-1)) / 2, 5);
  expect(awr.stats.weight_max).toBeCloseTo(2, 5);
  expect(awr.stats.weight_square).toBeCloseTo((4 + Math.exp(-2)) / 2, 5);
  runtime.dispose();
});
