import { DT, typeAttribute } from '../binding.ts';
import { isNative, nativeBackend, runOp, runOps } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Log-softmax over the last axis. Shape: [.., v] to [.., v]. */
export function logSoftmax(logits: Tensor): Tensor {
  return tf.logSoftmax(logits, -1);
}

/**
 * -log softmax(logits)[label] of each row, with the values that its gradient needs.
 * Shape: logits [n, v], labels int32 [n].
 */
interface Loss {
  /** [n] */
  readonly value: Tensor;
  readonly saved: readonly [byClass: Tensor, ...rest: Tensor[]];
  /** Shape: dy [n], result [n, v]. */
  readonly gradient: (dy: Tensor, saved: readonly Tensor[]) => Tensor;
}

const scaleRows = (dy: Tensor, [byClass]: readonly Tensor[]) => tf.mul(byClass as Tensor, dy.expandDims(1)) as Tensor;

/** One operation for the loss and its derivative, bit-identical from run to run on a GPU. */
function fusedLoss(logits: Tensor, labels: Tensor): Loss {
  const attributes = [typeAttribute('T', DT.float), typeAttribute('Tlabels', DT.int32)];
  const [value, backprop] = runOps('SparseSoftmaxCrossEntropyWithLogits', attributes, [logits, labels], 2);
  return { value: value as Tensor, saved: [backprop as Tensor], gradient: scaleRows };
}

const placeAttributes = (type: string) => [typeAttribute(type, DT.float), typeAttribute('Tindices', DT.int32)];

/**
 * Computed from softmax, which is six times faster on a CPU than the fused operation. The largest share is never too
 * small for float32, so that a label of any improbability has its exact loss.
 */
function lossFromShares(logits: Tensor, labels: Tensor): Loss {
  const places = tf.stack([tf.range(0, logits.shape[0] as number, 1, 'int32'), labels.toInt()], 1);
  const shares = tf.softmax(logits, -1) as Tensor;
  const chosen = runOp('GatherNd', placeAttributes('Tparams'), [logits, places]);
  const value = tf.sub(tf.sub(tf.max(logits, -1), chosen), tf.log(tf.max(shares, -1))) as Tensor;
  const gradient = (dy: Tensor, saved: readonly Tensor[]) =>
    runOp('TensorScatterSub', placeAttributes('T'), [scaleRows(dy, saved), saved[1] as Tensor, dy]);
  return { value, saved: [shares, places], gradient };
}

function portableLoss(logits: Tensor, labels: Tensor): Loss {
  const chosen = tf.oneHot(labels.as1D().toInt(), logits.shape[1] as number, 1, 0, 'float32');
  const logprobs = tf.logSoftmax(logits, -1);
  const value = tf.neg(tf.sum(tf.mul(logprobs, chosen), -1));
  return { value, saved: [tf.sub(tf.exp(logprobs), chosen)], gradient: scaleRows };
}

/**
 * Cross-entropy per entry, -log softmax(logits)[label].
 * Shape: logits [.., v], labels int32 [..] in 0..v-1, result [..] in nats.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape[logits.rank - 1] as number;
  const flatLabels = labels.reshape([-1]);
  const nativeLoss = isNative() && nativeBackend().binding.isUsingGpuDevice() ? fusedLoss : lossFromShares;
  const lossOf = isNative() ? nativeLoss : portableLoss;
  const loss = tf.customGrad((flat, save) => {
    const { value, saved, gradient } = lossOf(flat as Tensor, flatLabels);
    (save as (tensors: readonly Tensor[]) => void)(saved);
    return { value, gradFunc: (dy: Tensor, kept: Tensor[]) => gradient(dy, kept) };
  })(logits.reshape([-1, classes]));
  return loss.reshape(labels.shape);
}

/** Log-probability of each label under softmax(logits). Shape: logits [.., v], labels int32 [..], result [..]. */
export function labelLogprobs(logits: Tensor, labels: Tensor): Tensor {
  return tf.neg(crossEntropy(logits, labels));
}

/**
 * Entropy in nats and log-probability of the label, both differentiable.
 * Shape: logits [.., v], labels int32 [..], results [..].
 */
export function entropyAndLogprobs(logits: Tensor, labels: Tensor): { entropy: Tensor; logprobs: Tensor } {
  const all = logSoftmax(logits);
  const entropy = tf.neg(tf.sum(tf.mul(tf.exp(all), all), -1));
  return { entropy, logprobs: labelLogprobs(logits, labels) };
}
