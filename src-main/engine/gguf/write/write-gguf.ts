import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { quantize } from '../quantize/quantize.ts';
import { type TensorTypeName, tensorTypeNamed } from '../types/tensor-types.ts';
import { aligned, headerBytes, type WrittenEntry } from './header-bytes.ts';

/** A tensor in GGUF's name, shape and order. */
export interface GgufTensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorTypeName;
  /** Called when the tensor is written. */
  readonly read: () => Float32Array;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30));
}

/** Bytes of a tensor in its type. */
export function storedBytes({ shape, type }: Pick<GgufTensorToWrite, 'shape' | 'type'>): number {
  const { block, bytes } = tensorTypeNamed(type);
  return (shape.reduce((product, axis) => product * axis, 1) / block) * bytes;
}

/** Writes a GGUF file, with one tensor in memory at a time. */
export function writeGguf(path: string, entries: readonly WrittenEntry[], tensors: readonly GgufTensorToWrite[]): void {
  const descriptor = openSync(path, 'w');
  try {
    const planned = tensors.map(({ name, shape, type }) => {
      return { name, shape, type: tensorTypeNamed(type), bytes: storedBytes({ shape, type }) };
    });
    writeAll(descriptor, headerBytes(entries, planned));
    tensors.forEach(({ name, type, read }, index) => {
      const bytes = quantize(name, tensorTypeNamed(type), read());
      if (bytes.length !== planned[index]?.bytes) throw new Error(`${name} has ${bytes.length} bytes.`);
      writeAll(descriptor, bytes);
      writeAll(descriptor, new Uint8Array(aligned(bytes.length) - bytes.length));
    });
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
