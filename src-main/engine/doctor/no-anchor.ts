import { type Detector, evidence, lastSteps } from './detector.ts';
import { setAnchor, soundLambda, spreadOverLambda } from './remedies.ts';

const UNREACHABLE = 'apa/unreachable_share';
const CLIPPED = 'optimizer/clip_share';
/**
 * Thresholds: share of tokens with a target above log 1, share of clipped gradients, spread of the advantages in units
 * of λ.
 */
const FOUND = { unreachable: 0.2, clipped: 0.95, spread: 3 };

/**
 * No anchor: λ is too small for the spread of the advantages. Targets are above log 1, every gradient is clipped, and
 * the KL follows the learning rate. The first two alone are not a sign: a model that is confident about most of its
 * tokens shows them at any λ. Docs: docs/algorithms/doctor.md.
 */
export const noAnchor: Detector = {
  regime: 'no_anchor',
  detect(series, setting) {
    const spread = spreadOverLambda(series, setting);
    if (!(spread > FOUND.spread)) return null;
    const hasTargets = series.last(UNREACHABLE, 1) !== null;
    const isUnreachable = series.every(UNREACHABLE, (value) => value > FOUND.unreachable);
    const isClipped = series.every(CLIPPED, (value) => value >= FOUND.clipped);
    const found = [
      evidence('advantages/scaled_std', 'the last step, divided by λ', spread, 'above', FOUND.spread),
      ...(hasTargets ? [evidence(UNREACHABLE, lastSteps(), series.now(UNREACHABLE), 'above', FOUND.unreachable)] : []),
      evidence(CLIPPED, lastSteps(), series.now(CLIPPED), 'above', FOUND.clipped),
    ];
    return {
      isAlarm: isClipped && (isUnreachable || !hasTargets),
      cause:
        'λ is so small for the spread of the advantages that it has no effect: the learning rate determines the KL.',
      evidence: found,
      remedy: setAnchor(setting, soundLambda(series, setting)),
    };
  },
};
