import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

type Save = (tensors: Tensor[]) => void;

/** Exact GELU, x Φ(x). Any shape. */
export function gelu(x: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    const distribution = tf.mul(tf.add(tf.erf(tf.mul(input as Tensor, Math.SQRT1_2)), 1), 0.5);
    (save as Save)([input as Tensor, distribution]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [z, phi] = saved as [Tensor, Tensor];
      const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(phi, tf.mul(z, density)));
    };
    return { value: tf.mul(input as Tensor, distribution), gradFunc };
  })(x);
}

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** GELU with its tanh approximation (`gelu_new`, `gelu_pytorch_tanh`). Any shape. */
export function geluTanh(x: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    const z = input as Tensor;
    const inner = tf.mul(z, tf.add(tf.mul(tf.square(z), SLOPE * CUBIC), SLOPE));
    const tanh = tf.tanh(inner);
    (save as Save)([z, tanh]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [w, t] = saved as [Tensor, Tensor];
      const half = tf.mul(tf.add(t, 1), 0.5);
      const slope = tf.add(tf.mul(tf.square(w), 3 * SLOPE * CUBIC), SLOPE);
      const bend = tf.mul(tf.mul(w, slope), tf.mul(tf.sub(1, tf.square(t)), 0.5));
      return tf.mul(dy, tf.add(half, bend));
    };
    return { value: tf.mul(z, tf.mul(tf.add(tanh, 1), 0.5)), gradFunc };
  })(x);
}

/** SiLU, x σ(x). Any shape. */
export function silu(x: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    const gate = tf.sigmoid(input as Tensor);
    (save as Save)([input as Tensor, gate]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [z, s] = saved as [Tensor, Tensor];
      return tf.mul(dy, tf.mul(s, tf.add(tf.mul(z, tf.sub(1, s)), 1)));
    };
    return { value: tf.mul(input as Tensor, gate), gradFunc };
  })(x);
}
