import { countSelected, maskedSum } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../../runtime/types.ts';

/** How the values of a batch's parts combine into the value of the batch. */
export type Fold = 'sum' | 'max' | 'min';

/** A scalar that a loss reports in addition to the loss itself; not differentiated. */
export interface Stat {
  readonly value: Tensor;
  readonly fold: Fold;
}

export interface LossResult {
  /** Scalar. */
  readonly loss: Tensor;
  readonly stats: Readonly<Record<string, Stat>>;
}

/** A mean over the entries of the whole batch, or a count: the values of its parts add up. */
export const additive = (value: Tensor): Stat => ({ value, fold: 'sum' });
export const largest = (value: Tensor): Stat => ({ value, fold: 'max' });
export const smallest = (value: Tensor): Stat => ({ value, fold: 'min' });

/** The values of statistics, by name. */
export function statValues(stats: LossResult['stats']): TensorRecord {
  return Object.fromEntries(Object.entries(stats).map(([name, { value }]) => [name, value]));
}

/**
 * Log-ratios and exponents are limited to ± this value: exp(88) is infinite in float32, and 0 times infinity is NaN.
 */
export const EXPONENT_LIMIT = 60;

/** Clamps x to ± {@link EXPONENT_LIMIT}; its gradient is 0 outside that range. Shape: any. */
export function clampExponent(x: Tensor): Tensor {
  return tf.clipByValue(x, -EXPONENT_LIMIT, EXPONENT_LIMIT);
}

/** n = max(number of true entries, 1), or the given count if the arrays are part of a larger batch. Scalar. */
export function entriesOf(selected: Tensor, entries?: Tensor): Tensor {
  return entries ?? tf.maximum(countSelected(selected), 1);
}

/** (1/n) Σ over true entries. Shape: [..] and [..] to a scalar. */
export function meanOver(x: Tensor, selected: Tensor, entries: Tensor): Tensor {
  return tf.div(maskedSum(x, selected), entries);
}
