import { bool, float32, type HostTensor, int32 } from '../runtime/host-tensor.ts';
import type { HostRecord } from '../runtime/types.ts';
import type { SentArray } from './messages.ts';

/** Numbers as base64, little-endian. */
export function toBase64(data: Float32Array | Int32Array | Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** The bytes of base64 in a buffer of their own, so that they are aligned. */
function bytesOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, 'base64');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Float32 numbers from base64. */
export const floatsOf = (text: string): Float32Array => new Float32Array(bytesOf(text));

/** An array as it is sent. */
export function toSent({ dtype, shape, data }: HostTensor): SentArray {
  return { dtype, shape: [...shape], data: toBase64(data) };
}

/** An array as it arrived. */
export function toHost({ dtype, shape, data }: SentArray): HostTensor {
  const bytes = bytesOf(data);
  if (dtype === 'float32') return float32(new Float32Array(bytes), shape);
  return dtype === 'int32' ? int32(new Int32Array(bytes), shape) : bool(new Uint8Array(bytes), shape);
}

const PACKED = new Set(['segments', 'stateRows', 'rowStates', 'stateColumns', 'columnStates']);

/** Places of a mask's true entries, row by row. */
function realPlaces({ shape, data }: HostTensor): readonly (readonly number[])[] {
  const [rows, t] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: t }, (__, column) => row * t + column).filter((place) => data[place]),
  );
}

/**
 * A packed step's inputs in rows of their own again: workers divide a batch by its rows. Other inputs are as they were.
 * Shape: ids, positions [c, t] to [b, t]; attentionMask [b, t]. Source: model/layout/pack-inputs.ts.
 */
export function unpacked(inputs: HostRecord): HostRecord {
  const { ids, positions, segments, attentionMask } = inputs;
  if (!ids || !positions || !segments || !attentionMask) return inputs;
  const places = realPlaces(attentionMask);
  const own = { ids: new Int32Array(attentionMask.data.length), positions: new Int32Array(attentionMask.data.length) };
  segments.data.forEach((segment, at) => {
    if (segment === 0) return;
    const position = positions.data[at]!;
    const place = places[segment - 1]![position]!;
    own.ids[place] = ids.data[at]!;
    own.positions[place] = position;
  });
  const { shape } = attentionMask;
  const kept = Object.entries(inputs).filter(([name]) => !PACKED.has(name));
  return { ...Object.fromEntries(kept), ids: int32(own.ids, shape), positions: int32(own.positions, shape) };
}
