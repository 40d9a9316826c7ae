import { type Detector, evidence, lastSteps } from './detector.ts';
import { scaleRate, setAnchor, soundLambda, spreadOverLambda } from './remedies.ts';

const K3 = 'objective/kl_k3_per_token';
/** var(A) / (2 λ²) is the KL that λ allows: below this spread it is under 2e-4 nats per token. */
const SPREAD = 0.02;
/** Nats per token after that many iterations; smaller values are rounding. */
const STILL = 1e-8;
/** Advantages that have lost their spread make any λ look large; that is covered by other failure modes. */
const ALIVE = 0.1;
const PATIENCE = 5;

/**
 * No learning: λ is so large that its target is the starting policy itself, or steps are so small that the policy still
 * equals its starting point after five iterations. Docs: docs/algorithms/doctor.md.
 */
export const noLearning: Detector = {
  regime: 'no_learning',
  detect(series, setting) {
    const spread = spreadOverLambda(series, setting);
    const isAlive = series.now('advantages/scaled_std') > ALIVE * series.start('advantages/scaled_std');
    const isHeld = spread < SPREAD && isAlive && series.last(K3) !== null;
    const isStill = series.every(K3, (value) => value < STILL, PATIENCE);
    if (!isHeld && !(series.now(K3) < STILL)) return null;
    return {
      isAlarm: isHeld || isStill,
      cause: isHeld
        ? 'λ is so large for the spread of the advantages that the target is the starting policy itself.'
        : 'The policy has not moved from its starting point: the steps are too small.',
      evidence: isHeld
        ? [evidence('advantages/scaled_std', 'the last step, divided by λ', spread, 'below', SPREAD)]
        : [evidence(K3, lastSteps(PATIENCE), series.now(K3), 'below', STILL)],
      remedy: isHeld ? setAnchor(setting, soundLambda(series, setting)) : scaleRate(setting, 10),
    };
  },
};
