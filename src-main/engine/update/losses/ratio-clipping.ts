import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, largest, type Stat, smallest } from './loss-result.ts';

export interface ClippedInputs {
  /** ρ: [b, t] for tokens, [b, 1] for sequences. */
  readonly ratio: Tensor;
  /** [b, t], equal along each row. */
  readonly advantages: Tensor;
  /** [b, t] true on entries that are learned from. */
  readonly responseMask: Tensor;
  /** Number of true entries of the whole minibatch, a scalar. */
  readonly entries: Tensor;
}

export type ClipShares = Readonly<Record<'low_clip' | 'high_clip' | 'region_clip' | 'low_min' | 'high_max', Stat>>;

/**
 * Shares of the ratios where clipping applies: below 1 - ε_low with a negative advantage, above 1 + ε_high with a positive
 * one (for `cispo`, above ε_high); over all entries, or over all responses if ratios are those of whole sequences, and
 * the extremes among responses. A response without entries counts in neither extreme. Source: TRL 1.16.
 */
export function clipShares(
  { ratio, advantages, responseMask, entries }: ClippedInputs,
  {
    epsilon,
    epsilonHigh,
    rows,
    lossType,
  }: { readonly epsilon: number; readonly epsilonHigh: number; readonly rows: number; readonly lossType?: string },
): ClipShares {
  const isByToken = ratio.shape[1] === responseMask.shape[1];
  const stored = responseMask.toFloat();
  const lengths = tf.sum(stored, 1);
  // Any entry of a row has the row's advantage, the first one too.
  const own = isByToken ? maskedValues(advantages, responseMask) : tf.slice(advantages, [0, 0], [-1, 1]);
  const highest = lossType === 'cispo' ? epsilonHigh : 1 + epsilonHigh;
  const low = tf.logicalAnd(tf.less(ratio, 1 - epsilon), tf.less(own, 0)).toFloat();
  const high = tf.logicalAnd(tf.greater(ratio, highest), tf.greater(own, 0)).toFloat();
  const mean = (x: Tensor) => (isByToken ? tf.div(tf.sum(tf.mul(x, stored)), entries) : tf.div(tf.sum(x), rows));
  const byRow = (x: Tensor) =>
    isByToken ? tf.div(tf.sum(tf.mul(x, stored), 1), tf.maximum(lengths, 1)) : x.reshape([-1]);
  const isEmpty = tf.equal(lengths, 0);
  const orElse = (x: Tensor, value: number) => tf.where(isEmpty, tf.fill(x.shape, value), x);
  return {
    low_clip: additive(mean(low)),
    high_clip: additive(mean(high)),
    region_clip: additive(mean(tf.add(low, high))),
    low_min: smallest(tf.min(orElse(byRow(low), 1))),
    high_max: largest(tf.max(orElse(byRow(high), 0))),
  };
}

/** The shares over an iteration, as metrics under TRL's keys; empty for a loss that reports none. */
export function clipPoints({ mean }: UpdateStatistics): readonly MetricPoint[] {
  return metricPoints({
    'clip_ratio/low_mean': mean('low_clip'),
    'clip_ratio/low_min': mean('low_min'),
    'clip_ratio/high_mean': mean('high_clip'),
    'clip_ratio/high_max': mean('high_max'),
    'clip_ratio/region_mean': mean('region_clip'),
  });
}
