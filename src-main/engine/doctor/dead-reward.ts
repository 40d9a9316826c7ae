import { type Detector, evidence, lastSteps } from './detector.ts';
import { advice } from './remedies.ts';

const SPREAD = 'objective/scores_std';
/** Relative to the size of the scores: below this, only float32 rounding is left. */
const FOUND = 1e-6;

/**
 * Dead reward: all responses of an iteration have the same score, for three iterations; no advantage distinguishes
 * them. Docs: docs/algorithms/doctor.md.
 */
export const deadReward: Detector = {
  regime: 'dead_reward',
  detect(series) {
    const limit = FOUND * Math.max(1, Math.abs(series.now('objective/scores')));
    if (!(series.now(SPREAD) <= limit)) return null;
    return {
      isAlarm: series.every(SPREAD, (value) => value <= limit),
      cause:
        'All responses receive the same score, so the reward does not distinguish better responses from worse ones.',
      evidence: [evidence(SPREAD, lastSteps(), series.now(SPREAD), 'below', limit)],
      remedy: advice(
        'Use a reward that varies between the responses of this model: score a few with `keel reward`.',
        'reward',
      ),
    };
  },
};
