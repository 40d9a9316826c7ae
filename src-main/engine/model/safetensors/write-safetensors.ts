import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { encodeFloats, type WrittenDtype } from './dtypes.ts';

export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** Values in row-major order; called when the tensor is written. */
  readonly read: () => Float32Array;
}

export interface WriteOptions {
  /** Stored precision; F32 by default. */
  readonly dtype?: WrittenDtype;
  readonly metadata?: Readonly<Record<string, string>>;
}

function headerBytes(tensors: readonly TensorToWrite[], size: number, options: WriteOptions): Uint8Array {
  const dtype = options.dtype ?? 'F32';
  let offset = 0;
  const members = tensors.map(({ name, shape }) => {
    const begin = offset;
    offset += shape.reduce((product, axis) => product * axis, size);
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, offset] })}`;
  });
  const metadata = JSON.stringify({ format: 'pt', ...options.metadata });
  const json = new TextEncoder().encode(`{${[`"__metadata__":${metadata}`, ...members].join(',')}}`);
  // The data part starts at a multiple of eight, so that readers can map it into memory.
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  return padded;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.byteLength)
    done += writeSync(descriptor, bytes, done, Math.min(bytes.byteLength - done, 1 << 30));
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/**
 * Writes a file next to its final location, flushes it to disk and renames it: the final name never refers to a partial
 * file.
 */
export function writeAtomically(path: string, write: (descriptor: number) => void): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const descriptor = openSync(temporary, 'w');
  try {
    try {
      write(descriptor);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Writes text under its final name only once it is complete. */
export function writeTextAtomically(path: string, text: string): void {
  writeAtomically(path, (descriptor) => writeAll(descriptor, new TextEncoder().encode(text)));
}

/**
 * Writes tensors one after the other, so that memory holds one at a time. Atomic: temp file, fsync, rename.
 * @throws Error if a tensor's values do not match its shape.
 */
export function writeSafetensors(path: string, tensors: readonly TensorToWrite[], options: WriteOptions = {}): void {
  const dtype = options.dtype ?? 'F32';
  writeAtomically(path, (descriptor) => {
    writeAll(descriptor, headerBytes(tensors, dtype === 'F32' ? 4 : 2, options));
    for (const { name, shape, read } of tensors) {
      const values = read();
      const expected = shape.reduce((product, axis) => product * axis, 1);
      if (values.length !== expected) throw new Error(`${name} has ${values.length} values for [${shape.join(', ')}].`);
      writeAll(descriptor, encodeFloats(dtype, values));
    }
  });
}
