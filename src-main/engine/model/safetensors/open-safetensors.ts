import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { decodeFloats, isFloatDtype } from './dtypes.ts';
import { badSafetensors } from './header-scanner.ts';
import { headerLength, parseHeader, type SafetensorsHeader } from './parse-header.ts';

/** One open file; values are read tensor by tensor, so that memory holds one tensor at a time. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  readonly bytes: number;
  /** Values as float32. @throws KeelError for an integer tensor, or if the file changed since it was opened. */
  read(name: string): Float32Array<ArrayBuffer>;
  close(): void;
}

const LFS_MARK = 'version https://git-lfs';

function readExactly(descriptor: number, length: number, position: number, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (count === 0) throw badSafetensors(path, 'the file ended while it was being read.');
    done += count;
  }
  return bytes;
}

function refusePointer(prefix: Uint8Array, path: string): void {
  if (!new TextDecoder().decode(prefix).startsWith(LFS_MARK)) return;
  throw new KeelError({
    code: 'model_lfs_pointer',
    why: `${path} is a Git LFS pointer, not the weights.`,
    fix: 'Run `git lfs pull` in the model folder, or download the file itself.',
  });
}

function readHeader(descriptor: number, size: number, path: string): { header: SafetensorsHeader; dataStart: number } {
  const prefix = readExactly(descriptor, Math.min(size, LFS_MARK.length), 0, path);
  refusePointer(prefix, path);
  const length = headerLength(prefix, size, path);
  const header = parseHeader(readExactly(descriptor, length, 8, path), size - 8 - length, path);
  return { header, dataStart: 8 + length };
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

/**
 * Opens a safetensors file and checks its whole header.
 * @throws KeelError `safetensors_invalid`, `model_lfs_pointer` or `model_not_a_file`.
 */
export function openSafetensors(path: string): SafetensorsFile {
  // Checked before opening: opening a pipe would wait for its writer.
  if (!statSync(path).isFile()) {
    throw new KeelError({
      code: 'model_not_a_file',
      why: `${path} is not a regular file.`,
      fix: 'Put the actual file there.',
    });
  }
  const descriptor = openSync(path, 'r');
  try {
    const stats = fstatSync(descriptor);
    const { header, dataStart } = readHeader(descriptor, stats.size, path);
    const read = (name: string) => {
      const entry = header.tensors.get(name);
      if (!entry) throw new Error(`${path} has no tensor ${name}.`);
      const { dtype } = entry;
      if (!isFloatDtype(dtype))
        throw badSafetensors(`${path}, tensor ${name}`, `${dtype} values cannot be read as weights.`);
      const bytes = readExactly(descriptor, entry.end - entry.begin, dataStart + entry.begin, path);
      expectUnchanged(descriptor, stats, path);
      return decodeFloats(dtype, bytes);
    };
    return { ...header, path, bytes: stats.size, read, close: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
