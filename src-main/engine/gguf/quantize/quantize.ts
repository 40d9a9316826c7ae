import { KeelError } from '#contract/errors.ts';
import type { TensorType, TensorTypeName } from '../types/tensor-types.ts';
import { q4k, q5k, q6k } from './k-blocks.ts';
import type { Quantize } from './put-half.ts';
import { q40, q50, q51, q80 } from './small-blocks.ts';

const QUANTIZERS: Readonly<Partial<Record<TensorTypeName, Quantize>>> = {
  Q4_0: q40,
  Q5_0: q50,
  Q5_1: q51,
  Q8_0: q80,
  Q4_K: q4k,
  Q5_K: q5k,
  Q6_K: q6k,
};

function toHalf(name: string, values: Float32Array): Uint8Array {
  const halves = Float16Array.from(values);
  const at = halves.findIndex((value) => !Number.isFinite(value));
  if (at !== -1) {
    throw new KeelError({
      code: 'weights_exceed_half',
      why: `${name} contains ${values[at]}, which float16 cannot store.`,
      fix: 'Export with --type F32.',
    });
  }
  return new Uint8Array(halves.buffer);
}

/**
 * A tensor's values as GGUF stores them in a type. Q4_0, Q5_0, Q5_1 and Q8_0 are bit-equal to the Python package gguf;
 * the K types follow ggml's reference quantizers. Source: ggml-quants.c.
 * @throws KeelError `weights_exceed_half`; Error for a type that Keel does not write.
 */
export function quantize(name: string, type: TensorType, values: Float32Array): Uint8Array {
  if (type.name === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (type.name === 'F16') return toHalf(name, values);
  const quantizer = QUANTIZERS[type.name];
  if (!quantizer) throw new Error(`Keel does not write ${type.name}.`);
  const out = new Uint8Array((values.length / type.block) * type.bytes);
  quantizer(values, out);
  return out;
}
