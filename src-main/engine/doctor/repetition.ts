import { type Detector, evidence, lastSteps } from './detector.ts';
import { holdBack } from './remedies.ts';

const REPEATED = 'completions/repeated_share';
const FOUND = 0.4;
const ABOVE_START = 0.2;

/**
 * Repetition: in each of three iterations, more than 0.4 of the three-token runs of a response occurred in it before,
 * and over 0.2 more than at the start. Docs: docs/algorithms/doctor.md.
 */
export const repetition: Detector = {
  regime: 'repetition',
  detect(series, setting) {
    const start = series.start(REPEATED);
    const limit = Math.max(FOUND, start + ABOVE_START);
    if (!(series.now(REPEATED) > limit)) return null;
    return {
      isAlarm: series.every(REPEATED, (value) => value > limit),
      cause: 'Responses repeat themselves: a loop scores well, or the policy has drifted to where it loops.',
      evidence: [evidence(REPEATED, lastSteps(), series.now(REPEATED), 'above', limit, start)],
      remedy: holdBack(series, setting),
    };
  },
};
