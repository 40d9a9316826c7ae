import type { Points } from '#contract/metrics/thin-points.ts';

/** Number of segments a plot is divided into: the smoothing weight applies per segment, or per point if fewer. */
const STRETCHES = 100;

/**
 * Exponential moving average with bias correction (divided by 1 - weight^n), so that the first value equals the first
 * point. The weight applies from point to point, or per hundredth of the range if there are more points than that, so
 * that a line looks the same regardless of its number of points. Non-finite values are kept and not averaged.
 * @param weight from 0 (no smoothing) to below 1.
 */
export function smoothPoints({ steps, values }: Points, weight: number): Points {
  const size = steps.length;
  const range = (steps[size - 1] ?? 0) - (steps[0] ?? 0);
  const unit = range / Math.min(STRETCHES, Math.max(1, size - 1)) || 1;
  const smooth = new Float64Array(size);
  let [average, correction, last] = [0, 0, steps[0] ?? 0];
  for (let at = 0; at < size; at += 1) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      smooth[at] = value;
      continue;
    }
    const kept = correction === 0 ? weight : weight ** ((steps[at]! - last) / unit);
    average = kept * average + (1 - kept) * value;
    correction = kept * correction + (1 - kept);
    last = steps[at]!;
    smooth[at] = average / correction;
  }
  return { steps, values: smooth };
}
