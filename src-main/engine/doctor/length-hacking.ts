import { type Detector, evidence, lastSteps, meanOfLast } from './detector.ts';
import { advice } from './remedies.ts';

const CORRELATION = 'completions/length_score_correlation';
const LENGTH = 'completions/mean_length';
const TRUNCATED = 'completions/clipped_ratio';
/**
 * From this correlation on, the score is the length. Below it, the same applies if responses are also twice as long and
 * are often truncated.
 */
const FOUND = 0.9;
const LONG = { window: 5, correlation: 0.6, times: 2, truncated: 0.3 };

/**
 * Length hacking: score and length are almost perfectly correlated, or they correlate while responses have become twice
 * as long and many more reach the length limit. A weaker correlation is common with sound rewards. Docs:
 * docs/algorithms/doctor.md.
 */
export const lengthHacking: Detector = {
  regime: 'length_hacking',
  detect(series) {
    const [length, truncated] = [series.start(LENGTH), series.start(TRUNCATED)];
    const isLength = series.every(CORRELATION, (value) => value > FOUND);
    const hasGrown =
      series.mean(CORRELATION, LONG.window) > LONG.correlation &&
      series.every(LENGTH, (value) => value > LONG.times * length) &&
      series.every(TRUNCATED, (value) => value > truncated + LONG.truncated);
    const isSuspect =
      series.now(CORRELATION) > FOUND ||
      (series.now(LENGTH) > LONG.times * length && series.now(TRUNCATED) > truncated + LONG.truncated);
    if (!isSuspect) return null;
    const limit = Math.ceil(1.5 * length);
    return {
      isAlarm: isLength || hasGrown,
      cause: 'The reward pays for length: the policy learns whatever makes a response longer.',
      evidence: !hasGrown
        ? [evidence(CORRELATION, lastSteps(), series.now(CORRELATION), 'above', FOUND)]
        : [
            evidence(
              CORRELATION,
              meanOfLast(LONG.window),
              series.mean(CORRELATION, LONG.window),
              'above',
              LONG.correlation,
            ),
            evidence(LENGTH, lastSteps(), series.now(LENGTH), 'above', LONG.times * length, length),
            evidence(TRUNCATED, lastSteps(), series.now(TRUNCATED), 'above', truncated + LONG.truncated, truncated),
          ],
      remedy: advice(
        `Add a rule that stops paying for length to the reward: { type: length, unit: words, max: ${limit}, ` +
          `falloff: ${limit} }, and start again.`,
        'reward',
        `{ type: length, unit: words, max: ${limit}, falloff: ${limit} }`,
      ),
    };
  },
};
