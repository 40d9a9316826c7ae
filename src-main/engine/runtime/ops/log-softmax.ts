import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOps } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Log-softmax over the last axis. Shape: [.., v] to [.., v]. */
export function logSoftmax(logits: Tensor): Tensor {
  return tf.logSoftmax(logits, -1);
}

const lossAttributes = () => [typeAttribute('T', DT.float), typeAttribute('Tlabels', DT.int32)];

function nativeLoss(logits: Tensor, labels: Tensor): [loss: Tensor, backprop: Tensor] {
  const [loss, backprop] = runOps('SparseSoftmaxCrossEntropyWithLogits', lossAttributes(), [logits, labels], 2);
  return [loss as Tensor, backprop as Tensor];
}

function portableLoss(logits: Tensor, labels: Tensor): [loss: Tensor, backprop: Tensor] {
  const chosen = tf.oneHot(labels.as1D().toInt(), logits.shape[1] as number, 1, 0, 'float32');
  const logprobs = tf.logSoftmax(logits, -1);
  return [tf.neg(tf.sum(tf.mul(logprobs, chosen), -1)), tf.sub(tf.exp(logprobs), chosen)];
}

/**
 * Cross-entropy per entry, -log softmax(logits)[label], as one fused op with its gradient.
 * Shape: logits [.., v], labels int32 [..] in 0..v-1, result [..] in nats.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape[logits.rank - 1] as number;
  const flatLabels = labels.reshape([-1]);
  const loss = tf.customGrad((flat, save) => {
    const [value, backprop] = isNative()
      ? nativeLoss(flat as Tensor, flatLabels)
      : portableLoss(flat as Tensor, flatLabels);
    (save as (tensors: Tensor[]) => void)([backprop]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0] as Tensor, dy.expandDims(1));
    return { value, gradFunc };
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
