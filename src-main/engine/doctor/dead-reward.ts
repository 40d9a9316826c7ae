import { type Detector, evidence, lastSteps } from './detector.ts';
import { advice } from './remedies.ts';

const SPREAD = 'objective/scores_std';
/** Of the scores' own size: float32 rounding is all that is left below it. */
const FOUND = 1e-6;

/**
 * Dead reward: all replies of an iteration score alike, three iterations long; no advantage tells one from another.
 * Docs: docs/algorithms/doctor.md.
 */
export const deadReward: Detector = {
  regime: 'dead_reward',
  detect(series) {
    const limit = FOUND * Math.max(1, Math.abs(series.now('objective/scores')));
    if (!(series.now(SPREAD) <= limit)) return null;
    return {
      isAlarm: series.every(SPREAD, (value) => value <= limit),
      cause: 'All replies score alike, so nothing tells a better one from a worse.',
      evidence: [evidence(SPREAD, lastSteps(), series.now(SPREAD), 'below', limit)],
      remedy: advice(
        'Use a reward that differs between replies of this model: score a few with `keel reward`.',
        'reward',
      ),
    };
  },
};
