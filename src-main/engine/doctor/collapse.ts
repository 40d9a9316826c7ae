import { type Detector, evidence, lastSteps } from './detector.ts';
import { holdBack } from './remedies.ts';

const ENTROPY = 'objective/sampled_entropy_per_token';
const DISTINCT = 'completions/distinct_share';
/**
 * Values below a multiple of the entropy limit, or below a fraction of the start's distinct responses, are suspicious.
 */
const SUSPECT = { entropy: 3, distinct: 0.5 };
const FOUND_DISTINCT = 0.2;

/**
 * Collapse: the policy has almost no variety left. In each of three iterations, entropy is below `min_entropy_share` of
 * its starting value, or distinct responses are below a fifth of theirs. Docs: docs/algorithms/doctor.md.
 */
export const collapse: Detector = {
  regime: 'collapse',
  detect(series, setting) {
    const [entropy, distinct] = [series.start(ENTROPY), series.start(DISTINCT)];
    const limit = { entropy: entropy * setting.minEntropyShare, distinct: distinct * FOUND_DISTINCT };
    const signs = [
      { key: ENTROPY, start: entropy, limit: limit.entropy, suspect: SUSPECT.entropy * limit.entropy },
      { key: DISTINCT, start: distinct, limit: limit.distinct, suspect: SUSPECT.distinct * distinct },
    ].filter(({ key, suspect }) => series.now(key) < suspect);
    if (signs.length === 0) return null;
    const found = signs.filter((sign) => series.every(sign.key, (value) => value < sign.limit));
    return {
      isAlarm: found.length > 0,
      cause: 'The policy has almost no variety left: it gives one response to every prompt.',
      evidence: (found.length > 0 ? found : signs).map((sign) =>
        evidence(sign.key, lastSteps(), series.now(sign.key), 'below', sign.limit, sign.start),
      ),
      remedy: holdBack(series, setting),
    };
  },
};
