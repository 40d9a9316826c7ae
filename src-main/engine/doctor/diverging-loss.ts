import { type Detector, evidence } from './detector.ts';
import { scaleRate } from './remedies.ts';

const LOSS = 'loss';
const LONG = 5;
/** Of the first batch's loss: a start is the worst that a run on its way down sees. */
const FOUND = 1.5;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Diverging loss: the median of the last five updates' losses stands half above the first. The median lets single hard
 * batches pass. Docs: docs/algorithms/doctor.md.
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
      cause: 'The loss has risen above its start and stays there: the steps are too large.',
      evidence: [evidence(LOSS, `median of the last ${LONG} updates`, middle, 'above', limit, series.start(LOSS))],
      remedy: scaleRate(setting, 0.25),
    };
  },
};
