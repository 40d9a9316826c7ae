import { type Detector, evidence, lastSteps, meanOfLast } from './detector.ts';
import { advice } from './remedies.ts';

const CORRELATION = 'completions/length_score_correlation';
const LENGTH = 'completions/mean_length';
const TRUNCATED = 'completions/clipped_ratio';
/** From here on the score is the length; below it, together with replies twice as long and often cut, as good as. */
const FOUND = 0.9;
const LONG = { window: 5, correlation: 0.6, times: 2, truncated: 0.3 };

/**
 * Length hacking: score and length are one, or they go together while replies have become twice as long and many more
 * run into the limit. A milder correlation is common in honest rewards. Docs: docs/algorithms/doctor.md.
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
      cause: 'The reward pays for length: whatever makes a reply longer is learned.',
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
        `Add a rule to the reward that stops paying: { type: length, unit: words, max: ${limit}, falloff: ${limit} }, and start again.`,
        'reward',
        `{ type: length, unit: words, max: ${limit}, falloff: ${limit} }`,
      ),
    };
  },
};
