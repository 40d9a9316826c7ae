import { type Detector, evidence, lastSteps } from './detector.ts';
import { scaleRate } from './remedies.ts';

const CLIPPED = 'policy/clipfrac_avg';
const RATIO = 'val/ratio';
const FOUND = { clipped: 0.3, ratio: 0.1 };

/**
 * PPO instability: more than 0.3 of the tokens clipped, or a mean ratio that differs from 1 by more than 0.1, for three
 * iterations. Docs: docs/algorithms/doctor.md.
 */
export const ppoInstability: Detector = {
  regime: 'ppo_instability',
  detect(series, setting) {
    const isClipped = series.every(CLIPPED, (value) => value > FOUND.clipped);
    const isOff = series.every(RATIO, (value) => Math.abs(value - 1) > FOUND.ratio);
    const isSuspect = series.now(CLIPPED) > FOUND.clipped || Math.abs(series.now(RATIO) - 1) > FOUND.ratio;
    if (!isSuspect) return null;
    const off = Math.abs(series.now(RATIO) - 1);
    return {
      isAlarm: isClipped || isOff,
      cause: 'Updates move the policy further than the sampled responses support.',
      evidence: [
        ...(isOff ? [evidence(RATIO, `${lastSteps()}, distance from 1`, off, 'above', FOUND.ratio)] : []),
        ...(isOff ? [] : [evidence(CLIPPED, lastSteps(), series.now(CLIPPED), 'above', FOUND.clipped)]),
      ],
      remedy: scaleRate(setting, 0.5),
    };
  },
};
