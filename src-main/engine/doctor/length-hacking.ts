import type { Evidence, Remedy } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, isEvaluated, LAST_EVALUATION, lastSteps, meanOfLast } from './detector.ts';
import { advice } from './remedies.ts';
import { type Series, WINDOW } from './series.ts';

const CORRELATION = 'completions/length_score_correlation';
const LENGTH = 'completions/mean_length';
const TRUNCATED = 'completions/clipped_ratio';
const SCORES = 'objective/scores';
const SPREAD = 'objective/scores_std';
const EVALUATED = { length: 'eval/response_length', score: 'eval/reward' } as const;
const SPREADS = 'eval/reward_std';
/**
 * From this correlation on, the score is the length. Below it, the same applies if responses are also twice as long and
 * are often truncated.
 */
const FOUND = 0.9;
const LONG = { window: 5, correlation: 0.6, times: 2, truncated: 0.3 };
/**
 * Responses of less than this fraction of the start's length, while scores are higher than at the start by this many of
 * its deviations. From `suspect` on, a shrinking length is suspicious.
 */
const SHORT = { times: 0.7, suspect: 0.8, rise: 0.25 };
/** Mean lengths, in tokens, below which a fraction means nothing. */
const LEAST = 4;

/** A way in which length is exploited. */
interface Found {
  readonly cause: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: Remedy;
}

function lengthRule(text: string, rule: string): Remedy {
  return advice(`Add a rule that ${text} to the reward: ${rule}, and start again.`, 'reward', rule);
}

/** A rule on words; a word of usual text is at least one token. */
function notLonger(series: Series): Remedy {
  const limit = Math.ceil(1.5 * series.start(LENGTH));
  return lengthRule('stops paying for length', `{ type: length, unit: words, max: ${limit}, falloff: ${limit} }`);
}

function notShorter(series: Series): Remedy {
  const limit = Math.ceil(series.start(LENGTH) / 2);
  return lengthRule('pays less for short responses', `{ type: length, unit: words, min: ${limit}, falloff: ${limit} }`);
}

/** Score and length are almost the same, in either direction. */
function correlated(series: Series): Found | null {
  const sign = series.now(CORRELATION) < 0 ? -1 : 1;
  if (!series.every(CORRELATION, (value) => sign * value > FOUND)) return null;
  const shown = evidence(CORRELATION, lastSteps(), series.now(CORRELATION), sign > 0 ? 'above' : 'below', sign * FOUND);
  return sign > 0
    ? { cause: PAYS_LONG, evidence: [shown], remedy: notLonger(series) }
    : { cause: PAYS_SHORT, evidence: [shown], remedy: notShorter(series) };
}

const PAYS_LONG = 'The reward pays for length: the policy learns whatever makes a response longer.';
const PAYS_SHORT = 'The reward pays for brevity: responses shrink while their score rises.';

function hasGrown(series: Series): Found | null {
  const [length, truncated] = [series.start(LENGTH), series.start(TRUNCATED)];
  const mean = series.mean(CORRELATION, LONG.window);
  const [long, cut] = [LONG.times * length, truncated + LONG.truncated];
  const isLong = series.every(LENGTH, (value) => value > long) && series.every(TRUNCATED, (value) => value > cut);
  if (!(mean > LONG.correlation) || !isLong) return null;
  const shown = [
    evidence(CORRELATION, meanOfLast(LONG.window), mean, 'above', LONG.correlation),
    evidence(LENGTH, lastSteps(), series.now(LENGTH), 'above', long, length),
    evidence(TRUNCATED, lastSteps(), series.now(TRUNCATED), 'above', cut, truncated),
  ];
  return { cause: PAYS_LONG, evidence: shown, remedy: notLonger(series) };
}

/** Length and score of the newest responses, with those of the start. */
interface Sizes {
  readonly keys: { readonly length: string; readonly score: string };
  readonly over: string;
  /** Number of steps of which each has to show it. */
  readonly steps: number;
  readonly length: number;
  readonly score: number;
  /** The score that counts as a rise: above the start's by a fraction of its deviation. */
  readonly risen: number;
}

/** Those of training, in each of three iterations, and those of one evaluation, on the same prompts as at the start. */
function sizesOf(series: Series): readonly Sizes[] {
  const [training, evaluated] = [
    { length: series.start(LENGTH), score: series.start(SCORES), spread: series.start(SPREAD) },
    { length: series.origin(EVALUATED.length), score: series.origin(EVALUATED.score), spread: series.origin(SPREADS) },
  ].map(({ spread, ...start }) => ({ ...start, risen: start.score + SHORT.rise * spread }));
  return [
    ...(isEvaluated(series) ? [{ keys: EVALUATED, over: LAST_EVALUATION, steps: 1, ...evaluated! }] : []),
    { keys: { length: LENGTH, score: SCORES }, over: lastSteps(), steps: WINDOW, ...training! },
  ].filter(({ length }) => length >= LEAST);
}

function hasShrunk(series: Series): Found | null {
  const found = sizesOf(series).find(({ keys, steps, length, risen }) => {
    const isShort = series.every(keys.length, (value) => value < SHORT.times * length, steps);
    return isShort && series.every(keys.score, (value) => value > risen, steps);
  });
  if (!found) return null;
  const { keys, over, length, score, risen } = found;
  const shown = [
    evidence(keys.length, over, series.now(keys.length), 'below', SHORT.times * length, length),
    evidence(keys.score, over, series.now(keys.score), 'above', risen, score),
  ];
  return { cause: PAYS_SHORT, evidence: shown, remedy: notShorter(series) };
}

function isSuspect(series: Series): boolean {
  const [length, truncated] = [series.start(LENGTH), series.start(TRUNCATED)];
  const isLong = series.now(LENGTH) > LONG.times * length && series.now(TRUNCATED) > truncated + LONG.truncated;
  const isShort = sizesOf(series).some(
    (start) =>
      series.now(start.keys.length) < SHORT.suspect * start.length && series.now(start.keys.score) > start.risen,
  );
  return Math.abs(series.now(CORRELATION)) > FOUND || isLong || isShort;
}

/**
 * Length hacking: score and length are almost perfectly correlated; or they correlate while responses have become twice
 * as long and many more reach the length limit; or responses have shrunk to less than 0.7 of their length while scores
 * have risen. A weaker correlation is common with sound rewards. Docs: docs/algorithms/doctor.md.
 */
export const lengthHacking: Detector = {
  regime: 'length_hacking',
  detect(series) {
    const found = hasGrown(series) ?? correlated(series) ?? hasShrunk(series);
    if (found) return { isAlarm: true, ...found };
    if (!isSuspect(series)) return null;
    return { isAlarm: false, cause: PAYS_LONG, evidence: [], remedy: notLonger(series) };
  },
};
