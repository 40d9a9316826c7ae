import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { entriesOf, type LossResult, meanOver } from './loss-result.ts';
import type { ValueInputs } from './value.ts';

export interface ClippedValueInputs extends ValueInputs {
  /** V of the critic at collection. */
  readonly oldValues: Tensor;
  /** ε_v. */
  readonly cliprangeValue: number;
}

/**
 * Value regression of PPO: a value that moved further than ε_v gains nothing by moving on.
 *
 * Eq.     L = 1/(2n) Σ max((V - Ret)², (clip(V, V_old - ε_v, V_old + ε_v) - Ret)²), where `responseMask` is true
 * Shape   values, oldValues, returns, responseMask [b, t]; loss []
 *
 * Stats: `value_mean`; `value_clipfrac`.
 */
export function clippedValueLoss(inputs: ClippedValueInputs): LossResult {
  const { responseMask, cliprangeValue } = inputs;
  const n = entriesOf(responseMask, inputs.entries);
  const [values, oldValues, returns] = [inputs.values, inputs.oldValues, inputs.returns].map((x) =>
    maskedValues(x, responseMask),
  ) as [Tensor, Tensor, Tensor];
  const floor = tf.sub(oldValues, cliprangeValue);
  const held = tf.minimum(tf.maximum(values, floor), tf.add(oldValues, cliprangeValue));
  const free = tf.square(tf.sub(values, returns));
  const clipped = tf.square(tf.sub(held, returns));
  return {
    loss: tf.mul(0.5, meanOver(tf.maximum(free, clipped), responseMask, n)),
    stats: {
      value_mean: meanOver(values, responseMask, n),
      value_clipfrac: meanOver(tf.greater(clipped, free).toFloat(), responseMask, n),
    },
  };
}
