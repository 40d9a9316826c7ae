import { VALUE_TYPES } from '../header/read-value.ts';
import type { TensorType } from '../types/tensor-types.ts';

/** A metadata entry with its type in the file. */
export type WrittenEntry =
  | readonly [key: string, type: 'uint32', value: number]
  | readonly [key: string, type: 'float32', value: number]
  | readonly [key: string, type: 'bool', value: boolean]
  | readonly [key: string, type: 'string', value: string]
  | readonly [key: string, type: 'strings', value: readonly string[]]
  | readonly [key: string, type: 'int32s' | 'float32s', value: readonly number[]];

export interface PlannedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

export const ALIGNMENT = 32;
export const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function list(type: number, length: number, values: readonly Buffer[]): Buffer[] {
  return [uint32(VALUE_TYPES.array), uint32(type), uint64(length), ...values];
}

function valueBytes([, type, value]: WrittenEntry): Buffer[] {
  if (type === 'uint32') return [uint32(VALUE_TYPES.uint32), uint32(value)];
  if (type === 'float32') return [uint32(VALUE_TYPES.float32), float32(value)];
  if (type === 'bool') return [uint32(VALUE_TYPES.bool), Buffer.from([Number(value)])];
  if (type === 'string') return [uint32(VALUE_TYPES.string), text(value)];
  if (type === 'strings') return list(VALUE_TYPES.string, value.length, value.map(text));
  if (type === 'float32s') {
    return list(VALUE_TYPES.float32, value.length, [Buffer.from(Float32Array.from(value).buffer)]);
  }
  return list(VALUE_TYPES.int32, value.length, [Buffer.from(Int32Array.from(value).buffer)]);
}

/** The header of a file of version 3, up to where its data start. */
export function headerBytes(entries: readonly WrittenEntry[], tensors: readonly PlannedTensor[]): Buffer {
  let offset = 0;
  const infos = tensors.flatMap(({ name, type, shape, bytes }) => {
    const begin = offset;
    offset += aligned(bytes);
    return [text(name), uint32(shape.length), ...shape.toReversed().map(uint64), uint32(type.id), uint64(begin)];
  });
  const start = [uint32(0x46554747), uint32(3), uint64(tensors.length), uint64(entries.length)];
  const header = Buffer.concat([
    ...start,
    ...entries.flatMap((entry) => [text(entry[0]), ...valueBytes(entry)]),
    ...infos,
  ]);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length)]);
}
