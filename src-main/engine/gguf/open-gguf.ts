import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { badGguf } from './bad-gguf.ts';
import { ByteCursor } from './header/byte-cursor.ts';
import { type GgufHeader, readHeader } from './header/read-header.ts';
import { dequantize } from './types/dequantize.ts';

/** One open file; values are read tensor by tensor, so that memory holds one tensor at a time. */
export interface GgufFile extends GgufHeader {
  readonly path: string;
  /** Values as float32, row-major, in the file's own layout. @throws KeelError if the file changed since it was opened. */
  read(name: string): Float32Array<ArrayBuffer>;
  close(): void;
}

function readExactly(descriptor: number, length: number, position: number, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (count === 0) throw badGguf(path, 'the file ended while it was being read.');
    done += count;
  }
  return bytes;
}

function expectUnchanged(descriptor: number, before: Stats, path: string): void {
  const now = fstatSync(descriptor);
  if (now.size === before.size && now.mtimeMs === before.mtimeMs) return;
  throw new KeelError({
    code: 'model_changed',
    why: `${path} changed while it was being read.`,
    fix: 'Wait until the file is complete, then try again.',
  });
}

function withDescriptor<T>(path: string, use: (descriptor: number, stats: Stats) => T): T {
  // Checked before opening: opening a pipe would wait for its writer.
  if (!statSync(path).isFile()) throw badGguf(path, 'it is not a regular file.');
  const descriptor = openSync(path, 'r');
  try {
    return use(descriptor, fstatSync(descriptor));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Opens a GGUF file and checks its whole header.
 * @throws KeelError `gguf_invalid`, `gguf_unsupported`.
 */
export function openGguf(path: string): GgufFile {
  return withDescriptor(path, (descriptor, stats) => {
    const header = readHeader(new ByteCursor(descriptor, stats.size, path));
    const read = (name: string) => {
      const tensor = header.tensors.get(name);
      if (!tensor) throw new Error(`${path} has no tensor ${name}.`);
      const { begin, end, type } = tensor;
      const bytes = readExactly(descriptor, end - begin, header.dataStart + begin, path);
      expectUnchanged(descriptor, stats, path);
      return dequantize(type, bytes);
    };
    return { ...header, path, read, close: () => closeSync(descriptor) };
  });
}

/** Reads only the header of a GGUF file. @throws KeelError `gguf_invalid`, `gguf_unsupported`. */
export function readGgufHeader(path: string): GgufHeader {
  return withDescriptor(path, (descriptor, stats) => {
    const header = readHeader(new ByteCursor(descriptor, stats.size, path));
    closeSync(descriptor);
    return header;
  });
}
