import { type Detector, evidence } from './detector.ts';
import { scaleRate } from './remedies.ts';

const LOSS = 'loss';
const LONG = 5;
/** Multiple of the first batch's loss: while training goes well, the loss is highest at the start. */
const FOUND = 1.5;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Diverging loss: the median loss of the last five updates is above 1.5 times the first loss. The median tolerates
 * single hard batches. Docs: docs/algorithms/doctor.md.
 */
export const divergingLoss: Detector = {
  regime: 'diverging_loss',
  detect(series, setting) {
    const limit = FOUND * series.start(LOSS);
    const values = series.last(LOSS, LONG);
    if (!(series.now(LOSS) > limit)) return null;
    const middle = median(values ?? []);
    return {
      isAlarm: middle > limit,
      cause: 'The loss has risen above its starting value and stays there: the steps are too large.',
      evidence: [evidence(LOSS, `median of the last ${LONG} updates`, middle, 'above', limit, series.start(LOSS))],
      remedy: scaleRate(setting, 0.25),
    };
  },
};
