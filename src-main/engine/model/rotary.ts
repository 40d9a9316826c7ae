import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import type { QueryScaling, RotaryConfig } from './config/model-config.ts';

/** Cosines and sines of each position, [b, 1, t, rotated / 2]. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Cosines and sines of position · frequency, times the attention factor. Shape: positions int32 [b, t]. */
function rotaryTables(rotary: RotaryConfig, positions: Tensor): RotaryTables {
  const [b, t] = positions.shape as [number, number];
  const frequencies = tf.tensor1d([...rotary.frequencies], 'float32');
  const angles = tf.mul(positions.toFloat().reshape([b, 1, t, 1]), frequencies.reshape([1, 1, 1, rotary.rotated / 2]));
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)];
  if (rotary.cosines === 1) return { cos, sin };
  return { cos: tf.mul(cos, rotary.cosines), sin: tf.mul(sin, rotary.cosines) };
}

/** The tables of each layer, null for a layer without; layers with the same settings share them. */
export function rotaryByLayer(
  layers: readonly (RotaryConfig | null)[],
  positions: Tensor,
): (layer: number) => RotaryTables | null {
  const made = new Map<RotaryConfig, RotaryTables>();
  for (const rotary of layers) {
    if (rotary && !made.has(rotary)) made.set(rotary, rotaryTables(rotary, positions));
  }
  return (layer) => made.get(layers[layer] as RotaryConfig) ?? null;
}

/** 1 + beta · log(1 + ⌊position / length⌋). Shape: positions int32 [b, t], result [b, 1, t, 1]. */
export function queryFactors({ beta, length }: QueryScaling, positions: Tensor): Tensor {
  const [b, t] = positions.shape as [number, number];
  const passed = tf.floor(tf.div(positions.toFloat(), length));
  return tf.add(1, tf.mul(beta, tf.log1p(passed))).reshape([b, 1, t, 1]);
}
