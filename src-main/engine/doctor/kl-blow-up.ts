import type { Evidence } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, lastSteps, meanOfLast } from './detector.ts';
import { holdBack } from './remedies.ts';
import type { Series } from './series.ts';

const KL = 'objective/kl';
const PER_TOKEN = 'objective/kl_per_token';
const ENTROPY = 'objective/sampled_entropy_per_token';
const K3 = 'objective/kl_k3';
/**
 * KL per token divided by the starting entropy: at 1, a response is twice as surprising to the starting policy as its
 * own responses are.
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

/** Checks the newest step alone against each threshold. */
function isSuspect(series: Series, start: number, maxKl: number | null): boolean {
  const kl = series.now(KL);
  return series.now(PER_TOKEN) > SUSPECT * start || isHeavy(series.now(K3), kl) || (maxKl !== null && kl > maxKl);
}

/** Detects a rise that has not slowed down at a level that is no longer small. */
function noPlateau(series: Series, start: number): Evidence | null {
  const values = series.last(PER_TOKEN, GROWTH);
  if (!values) return null;
  const mean = (from: number) => values.slice(from, from + 4).reduce((sum, value) => sum + value, 0) / 4;
  const [first, second, third] = [mean(0), mean(4), mean(8)] as [number, number, number];
  const step = HALF_SHARE * third;
  const isSteady = second - first > step && third - second > Math.max(step, 0.8 * (second - first));
  return isSteady && third > SUSPECT * start
    ? evidence(
        PER_TOKEN,
        `mean of the last 4 of ${GROWTH} steps that rose steadily`,
        third,
        'above',
        SUSPECT * start,
        start,
      )
    : null;
}

/**
 * KL blow-up: KL per token above the starting entropy in each of three iterations, a steady rise over twelve iterations
 * to above half of it, k3 far above k1, or a KL above the configured `max_kl`. Docs: docs/algorithms/doctor.md.
 */
export const klBlowUp: Detector = {
  regime: 'kl_blow_up',
  detect(series, setting) {
    const start = series.start(ENTROPY);
    const { maxKl } = setting;
    const found = [
      series.every(PER_TOKEN, (value) => value > FOUND * start)
        ? evidence(PER_TOKEN, lastSteps(), series.now(PER_TOKEN), 'above', FOUND * start, start)
        : null,
      maxKl !== null && series.mean(KL) > maxKl ? evidence(KL, meanOfLast(), series.mean(KL), 'above', maxKl) : null,
      heavyTail(series),
      noPlateau(series, start),
    ].filter((one) => one !== null);
    if (found.length === 0 && !isSuspect(series, start, maxKl)) return null;
    const now = series.now(PER_TOKEN);
    return {
      isAlarm: found.length > 0,
      cause:
        'The policy is moving away from its starting point without limit: the starting policy would hardly ever ' +
        'generate these responses.',
      evidence: found.length > 0 ? found : [evidence(PER_TOKEN, 'the last step', now, 'above', SUSPECT * start, start)],
      remedy: holdBack(series, setting),
    };
  },
};
