import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';
import type { ValueInputs } from './value.ts';

export interface ClippedValueInputs extends ValueInputs {
  /** V of the critic at collection time. */
  readonly oldValues: Tensor;
  /** ε_v. */
  readonly cliprangeValue: number;
}

/**
 * Value regression of PPO: a value that has moved further than ε_v gains nothing by moving further.
 *
 * Eq.     L = 1/(2n) Σ max((V - Ret)², (clip(V, V_old - ε_v, V_old + ε_v) - Ret)²), where `responseMask` is true
 * Shape   values, oldValues, returns, responseMask [b, t]; loss []
 *
 * Stats: `value_mean`; `value_clipfrac`.
 */
export function clippedValueLoss({
  values,
  oldValues,
  returns,
  responseMask,
  cliprangeValue,
  entries,
}: ClippedValueInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const selected = (x: Tensor) => maskedValues(x, responseMask);
  const [value, old, target] = [selected(values), selected(oldValues), selected(returns)];
  const held = tf.minimum(tf.maximum(value, tf.sub(old, cliprangeValue)), tf.add(old, cliprangeValue));
  const free = tf.square(tf.sub(value, target));
  const clipped = tf.square(tf.sub(held, target));
  return {
    loss: tf.mul(0.5, meanOver(tf.maximum(free, clipped), responseMask, n)),
    stats: {
      value_mean: additive(meanOver(value, responseMask, n)),
      value_clipfrac: additive(meanOver(tf.greater(clipped, free).toFloat(), responseMask, n)),
    },
  };
}
