import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOp } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/**
 * `whenTrue` where the condition holds, `whenFalse` elsewhere; all three broadcast. Avoids the copies that `tf.where`
 * makes to broadcast them to one shape, and has a gradient for both values.
 */
export function select(condition: Tensor, whenTrue: Tensor, whenFalse: Tensor): Tensor {
  if (!isNative()) return tf.where(condition, whenTrue, whenFalse);
  return tf.customGrad((a, b, save) => {
    const [yes, no] = [a as Tensor, b as Tensor];
    const attributes = [typeAttribute('T', yes.dtype === 'int32' ? DT.int32 : DT.float)];
    const value = runOp('SelectV2', attributes, [condition, yes, no]);
    (save as unknown as (tensors: Tensor[]) => void)([condition]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const zero = tf.scalar(0);
      const chosen = saved[0] as Tensor;
      const forYes = runOp('SelectV2', [typeAttribute('T', DT.float)], [chosen, dy, zero]);
      const forNo = runOp('SelectV2', [typeAttribute('T', DT.float)], [chosen, zero, dy]);
      return [summedTo(forYes, yes.shape), summedTo(forNo, no.shape)];
    };
    return { value, gradFunc };
  })(whenTrue, whenFalse);
}

/** Sums a gradient over the axes along which its tensor was broadcast. */
function summedTo(gradient: Tensor, shape: readonly number[]): Tensor {
  const lead = gradient.rank - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && gradient.shape[axis] !== 1));
  const summed = axes.length > 0 ? tf.sum(gradient, axes) : gradient;
  return summed.reshape([...shape]);
}
