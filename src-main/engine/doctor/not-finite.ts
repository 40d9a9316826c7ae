import { type Detector, evidence } from './detector.ts';
import { scaleRate } from './remedies.ts';

const WATCHED = ['objective/scores', 'objective/kl', 'loss/total', 'loss'] as const;

/**
 * NaN or infinity: `max_skipped_updates` updates in a row without a finite loss and gradient, or a score, KL or loss
 * that is not a number. A single skipped update is a suspicion only. Docs: docs/algorithms/doctor.md.
 */
export const notFinite: Detector = {
  regime: 'not_finite',
  detect(series, setting) {
    const broken = WATCHED.find((key) => series.last(key, 1) && !Number.isFinite(series.now(key)));
    const { skippedInRow, maxSkippedUpdates } = setting;
    if (!broken && skippedInRow === 0) return null;
    const key = series.last('optimizer/skipped', 1) ? 'optimizer/skipped' : 'training/skipped';
    const skipped = evidence(key, 'consecutive updates', skippedInRow, 'above', maxSkippedUpdates - 1);
    return {
      isAlarm: broken !== undefined || skippedInRow >= maxSkippedUpdates,
      isUrgent: true,
      cause:
        `A loss, gradient or score is NaN or infinite${setting.notFinite ? `, first in ${setting.notFinite}` : ''}. ` +
        'Such updates are skipped, so the weights are intact.',
      evidence: broken ? [evidence(broken, 'the last step', series.now(broken), 'above', Infinity)] : [skipped],
      remedy: scaleRate(setting, 0.25),
    };
  },
};
