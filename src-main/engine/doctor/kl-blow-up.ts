import type { Evidence } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, LAST_EVALUATION, lastSteps, meanOfLast } from './detector.ts';
import { holdBack } from './remedies.ts';
import { type Series, WINDOW } from './series.ts';

const KL = 'objective/kl';
const PER_TOKEN = 'objective/kl_per_token';
const ENTROPY = 'objective/sampled_entropy_per_token';
const EXACT = 'eval/kl_exact_per_token';
const FLUENCY = 'eval/reference_logprob_per_token';
const K3 = 'objective/kl_k3';
/**
 * Nats per token, whatever the start's entropy: at 1, the starting policy gives each token a chance e times smaller than
 * the policy does, or e times smaller than it gives those of its own responses.
 */
const SUSPECT = 0.5;
const FOUND = 1;
/** Minimum KL for a comparison of estimators, in nats per response. */
const LEAST = 5;
const TAIL = 5;
/**
 * Number of iterations over which growth without a plateau is searched for, and the fraction of the level that each
 * half must add.
 */
const GROWTH = 12;
const HALF_SHARE = 0.15;

/** k3 and k1 estimate the same number; k3 far above k1 shows that a few responses have extreme ratios. */
function isHeavy(k3: number, k1: number): boolean {
  return k3 > LEAST && k3 > TAIL * Math.max(k1, 1);
}

function heavyTail(series: Series): Evidence | null {
  const k1 = series.last(KL);
  const k3 = series.last(K3);
  const isFound = k1 !== null && (k3?.every((value, i) => isHeavy(value, k1[i]!)) ?? false);
  return isFound ? evidence(K3, lastSteps(), series.now(K3), 'above', TAIL * Math.max(k1.at(-1)!, 1)) : null;
}

/**
 * Fluency: mean log π_ref of the sampled tokens of each of the last n steps, in nats; log π_ref = log π_old - k1. Null
 * if there are fewer steps.
 */
function fluency(series: Series, n: number): readonly number[] | null {
  const [kl, entropy] = [series.last(PER_TOKEN, n), series.last(ENTROPY, n)];
  return kl && entropy && kl.map((value, i) => -value - entropy[i]!);
}

/** Detects text that the starting policy would not write, even where the policy has become less certain itself. */
function lostFluency(series: Series): Evidence | null {
  const start = -series.start(ENTROPY);
  const values = fluency(series, WINDOW);
  if (!values?.every((value) => value < start - FOUND)) return null;
  return evidence(FLUENCY, `${lastSteps()}, of training`, values.at(-1)!, 'below', start - FOUND, start);
}

/**
 * Detects both in one evaluation of any size, since both are means over tokens: its KL is exact, and its prompts are the
 * same as at the start.
 */
function inEvaluation(series: Series): readonly Evidence[] {
  const [kl, fluent, start] = [series.now(EXACT), series.now(FLUENCY), series.origin(FLUENCY)];
  return [
    ...(kl > FOUND ? [evidence(EXACT, LAST_EVALUATION, kl, 'above', FOUND)] : []),
    ...(fluent < start - FOUND ? [evidence(FLUENCY, LAST_EVALUATION, fluent, 'below', start - FOUND, start)] : []),
  ];
}

/** Checks the newest step alone against each threshold. */
function isSuspect(series: Series, maxKl: number | null): boolean {
  const kl = series.now(KL);
  const [fluent = Number.NaN] = fluency(series, 1) ?? [];
  const isStrange = series.now(PER_TOKEN) > SUSPECT || fluent < -series.start(ENTROPY) - SUSPECT;
  return isStrange || isHeavy(series.now(K3), kl) || (maxKl !== null && kl > maxKl);
}

/** Detects a rise that has not slowed down at a level that is no longer small. */
function noPlateau(series: Series): Evidence | null {
  const values = series.last(PER_TOKEN, GROWTH);
  if (!values) return null;
  const mean = (from: number) => values.slice(from, from + 4).reduce((sum, value) => sum + value, 0) / 4;
  const [first, second, third] = [mean(0), mean(4), mean(8)] as [number, number, number];
  const step = HALF_SHARE * third;
  const isSteady = second - first > step && third - second > Math.max(step, 0.8 * (second - first));
  const over = `mean of the last 4 of ${GROWTH} steps that rose steadily`;
  return isSteady && third > SUSPECT ? evidence(PER_TOKEN, over, third, 'above', SUSPECT) : null;
}

/**
 * KL blow-up: KL per token above 1 nat, or tokens less likely by 1 nat under the starting policy than those of its own
 * responses, in each of three iterations or in one evaluation; k3 far above k1 in each of three iterations; a steady
 * rise over twelve iterations to above half a nat; or a KL above the configured `max_kl`.
 * Docs: docs/algorithms/doctor.md.
 */
export const klBlowUp: Detector = {
  regime: 'kl_blow_up',
  detect(series, setting) {
    const { maxKl } = setting;
    const found = [
      series.every(PER_TOKEN, (value) => value > FOUND)
        ? evidence(PER_TOKEN, lastSteps(), series.now(PER_TOKEN), 'above', FOUND)
        : null,
      ...inEvaluation(series),
      lostFluency(series),
      maxKl !== null && series.mean(KL) > maxKl ? evidence(KL, meanOfLast(), series.mean(KL), 'above', maxKl) : null,
      heavyTail(series),
      noPlateau(series),
    ].filter((one) => one !== null);
    if (found.length === 0 && !isSuspect(series, maxKl)) return null;
    return {
      isAlarm: found.length > 0,
      cause:
        'The policy is moving away from its starting point without limit: the starting policy would hardly ever ' +
        'generate these responses.',
      evidence:
        found.length > 0 ? found : [evidence(PER_TOKEN, 'the last step', series.now(PER_TOKEN), 'above', SUSPECT)],
      remedy: holdBack(series, setting),
    };
  },
};
