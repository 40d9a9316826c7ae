import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import type { RotaryConfig } from './config/model-config.ts';

/** Cosines and sines of each position, [b, 1, t, rotated / 2]. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Cosines and sines of position · frequency, times the attention factor. Shape: positions int32 [b, t]. */
export function rotaryTables(rotary: RotaryConfig, positions: Tensor): RotaryTables {
  const [b, t] = positions.shape as [number, number];
  const frequencies = tf.tensor1d([...rotary.frequencies], 'float32');
  const angles = tf.mul(positions.toFloat().reshape([b, 1, t, 1]), frequencies.reshape([1, 1, 1, rotary.rotated / 2]));
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)];
  if (rotary.cosines === 1) return { cos, sin };
  return { cos: tf.mul(cos, rotary.cosines), sin: tf.mul(sin, rotary.cosines) };
}
