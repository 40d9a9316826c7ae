import { decodeFloats, halfValues } from '../../model/safetensors/dtypes.ts';
import { SMALL_BLOCKS, type Widen } from './blocks.ts';
import { K_BLOCKS } from './k-blocks.ts';
import type { TensorType, TensorTypeName } from './tensor-types.ts';

const BLOCKS: Readonly<Partial<Record<TensorTypeName, Widen>>> = { ...SMALL_BLOCKS, ...K_BLOCKS };

/**
 * Widens a tensor's bytes to float32, bit-equal to `gguf.quants.dequantize` of the Python package gguf. May share the
 * given buffer.
 * @param bytes whole blocks of the type
 */
export function dequantize(type: TensorType, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { name } = type;
  if (name === 'F32' || name === 'F16' || name === 'BF16') return decodeFloats(name, bytes);
  const out = new Float32Array((bytes.length / type.bytes) * type.block);
  (BLOCKS[name] as Widen)(bytes, halfValues(), out);
  return out;
}
