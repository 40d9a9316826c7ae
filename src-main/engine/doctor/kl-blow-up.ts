import type { Evidence } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, lastSteps, meanOfLast } from './detector.ts';
import { holdBack } from './remedies.ts';
import type { Series } from './series.ts';

const KL = 'objective/kl';
const PER_TOKEN = 'objective/kl_per_token';
const ENTROPY = 'objective/sampled_entropy_per_token';
const K3 = 'objective/kl_k3';
/** KL of a token over the start's entropy: from 1 on a reply surprises the start twice as much as its own did. */
const SUSPECT = 0.5;
const FOUND = 1;
/** A KL too small to compare estimators by, nats a response. */
const LEAST = 5;
const TAIL = 5;
/** Iterations over which growth without a plateau is looked for, and how much of the level each half has to add. */
const GROWTH = 12;
const HALF_SHARE = 0.15;

/** k3 and k1 estimate one number; k3 far above k1 says that a few replies have ratios beyond all bounds. */
function isHeavy(k3: number, k1: number): boolean {
  return k3 > LEAST && k3 > TAIL * Math.max(k1, 1);
}

function heavyTail(series: Series): Evidence | null {
  const k1 = series.last(KL);
  const k3 = series.last(K3);
  const isFound = k1 !== null && (k3?.every((value, i) => isHeavy(value, k1[i]!)) ?? false);
  return isFound ? evidence(K3, lastSteps(), series.now(K3), 'above', TAIL * Math.max(k1.at(-1)!, 1)) : null;
}

/** The newest step alone, by any of the thresholds. */
function isSuspect(series: Series, start: number, maxKl: number | null): boolean {
  const kl = series.now(KL);
  return series.now(PER_TOKEN) > SUSPECT * start || isHeavy(series.now(K3), kl) || (maxKl !== null && kl > maxKl);
}

/** Rising as fast as ever at a level that is no longer small. */
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
        `mean of the last 4 of ${GROWTH} steps that rose evenly`,
        third,
        'above',
        SUSPECT * start,
        start,
      )
    : null;
}

/**
 * KL blow-up: a token's KL above the start's entropy in each of three iterations, an even rise over twelve above half of
 * it, k3 far above k1, or the configured `max_kl` passed. Docs: docs/algorithms/doctor.md.
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
      cause: 'The policy leaves its start without a limit: its replies are ones that the start would hardly give.',
      evidence: found.length > 0 ? found : [evidence(PER_TOKEN, 'the last step', now, 'above', SUSPECT * start, start)],
      remedy: holdBack(series, setting),
    };
  },
};
