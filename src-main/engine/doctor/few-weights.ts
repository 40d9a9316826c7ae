import { type Detector, evidence, lastSteps } from './detector.ts';
import { setAnchor } from './remedies.ts';

const ESS = 'awr/ess_share';
const FOUND = 0.05;
const SUSPECT = 0.1;

/**
 * Few weights: the effective number of tokens under AWR's weights is below a twentieth of all tokens, for three
 * iterations.
 * Docs: docs/algorithms/doctor.md.
 */
export const fewWeights: Detector = {
  regime: 'few_weights',
  detect(series, setting) {
    if (!(series.now(ESS) < SUSPECT) || !setting.anchor) return null;
    return {
      isAlarm: series.every(ESS, (value) => value < FOUND),
      cause: 'A handful of tokens carry all the weight: AWR imitates those and forgets the others.',
      evidence: [evidence(ESS, lastSteps(), series.now(ESS), 'below', FOUND)],
      remedy: setAnchor(setting, Math.max(2 * setting.anchor.value, series.now('advantages/scaled_std'))),
    };
  },
};
