import { type Detector, evidence, lastSteps } from './detector.ts';
import { advice } from './remedies.ts';

const SPREAD = 'advantages/std';
const FOUND = 0.01;
const SUSPECT = 0.1;

/**
 * Whitened noise: advantages are whitened although only a hundredth of their initial spread is left, so the policy
 * learns from noise. Docs: docs/algorithms/doctor.md.
 */
export const whitenedNoise: Detector = {
  regime: 'whitened_noise',
  detect(series, { whitens }) {
    const start = series.start(SPREAD);
    if (!whitens || !(series.now(SPREAD) < SUSPECT * start)) return null;
    return {
      isAlarm: series.every(SPREAD, (value) => value < FOUND * start),
      cause: 'Advantages have almost no spread left, and whitening scales what remains up to a deviation of 1.',
      evidence: [evidence(SPREAD, lastSteps(), series.now(SPREAD), 'below', FOUND * start, start)],
      remedy: advice('Set scaling.advantages to frozen.', 'scaling.advantages', 'frozen'),
    };
  },
};
