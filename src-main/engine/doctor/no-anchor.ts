import { type Detector, evidence, lastSteps } from './detector.ts';
import { setAnchor, spreadOverLambda } from './remedies.ts';

const UNREACHABLE = 'apa/unreachable_share';
const CLIPPED = 'optimizer/clip_share';
/** A target above log 1 for so many tokens, gradients cut so often, advantages so wide in units of λ. */
const FOUND = { unreachable: 0.2, clipped: 0.95, spread: 3 };

/**
 * No anchor: λ is too small for the spread of the advantages. Targets lie above log 1, every gradient is clipped, and
 * the KL follows the learning rate. The first two alone are no sign: a model that is sure of most of its tokens has
 * them at any λ. Docs: docs/algorithms/doctor.md.
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
      evidence('advantages/scaled_std', 'the last step, over λ', spread, 'above', FOUND.spread),
      ...(hasTargets ? [evidence(UNREACHABLE, lastSteps(), series.now(UNREACHABLE), 'above', FOUND.unreachable)] : []),
      evidence(CLIPPED, lastSteps(), series.now(CLIPPED), 'above', FOUND.clipped),
    ];
    return {
      isAlarm: isClipped && (isUnreachable || !hasTargets),
      cause: 'λ is so small for the spread of the advantages that it holds nothing: the learning rate decides the KL.',
      evidence: found,
      remedy: setAnchor(setting, series.start('advantages/scaled_std')),
    };
  },
};
