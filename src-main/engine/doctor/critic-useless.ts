import { type Detector, evidence, meanOfLast } from './detector.ts';
import { advice, scaleRate } from './remedies.ts';

const EXPLAINED = 'values/explained_variance';
const LONG = 5;
/** Number of iterations in which a new critic is not judged: one that learns at AWR's low rates needs eight to ten. */
const GRACE = { trained: 6, untrained: 3 };
const FOUND = 0.001;
const EACH = 0.05;

/**
 * Critic useless: over five iterations after the first six (three if it is not trained), the critic explains none of the
 * returns on average, and less than 0.05 in each of them. Docs: docs/algorithms/doctor.md.
 */
export const criticUseless: Detector = {
  regime: 'critic_useless',
  detect(series, setting) {
    const mean = series.mean(EXPLAINED, LONG);
    const grace = setting.vfCoef === 0 ? GRACE.untrained : GRACE.trained;
    const isGiven = series.last(EXPLAINED, LONG + grace) !== null;
    // Identical scores leave nothing to predict; that is a failure mode of its own.
    const isAlive = series.every('objective/scores_std', (value) => value > 0, LONG);
    if (!(series.now(EXPLAINED) < EACH)) return null;
    return {
      isAlarm: isGiven && isAlive && mean < FOUND && series.every(EXPLAINED, (value) => value < EACH, LONG),
      cause: 'The critic predicts returns no better than a constant, so advantages are mostly noise.',
      evidence: [evidence(EXPLAINED, meanOfLast(LONG), mean, 'below', FOUND)],
      remedy:
        setting.vfCoef === 0
          ? advice('Set method.vf_coef to 1. At 0, the critic never trains.', 'method.vf_coef', '1')
          : scaleRate(setting, 2),
    };
  },
};
