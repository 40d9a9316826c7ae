import { createReadStream, type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { canceled, KeelError } from '#contract/errors.ts';
import { isDataFile } from './file-kind.ts';
import type { ReadOptions } from './raw-rows.ts';

const RATIO_COUNTS_FROM = 64 * 2 ** 20;
const CHUNK_BYTES = 256 * 1024;

/** What `datasets` writes beside the data. */
const DATASETS_OWN = /^(?:state|dataset_info|dataset_dict)\.json$/;

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A remedy for a folder: the data files in it and one level below, where `datasets` saves them. */
function filesInside(folder: string): string {
  const entries = entriesOf(folder).flatMap((entry) => {
    return entry.isDirectory() ? entriesOf(join(folder, entry.name)) : [entry];
  });
  const paths = entries.filter(({ name }) => isDataFile(name) && !DATASETS_OWN.test(name));
  const shown = paths.map(({ parentPath, name }) => join(parentPath, name)).sort();
  if (shown.length === 0) return 'Name a data file.';
  return `Name the files in it: ${shown.slice(0, 3).join(', ')}${shown.length > 3 ? ', and so on' : ''}.`;
}

function unreadable(path: string, cause: unknown): KeelError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new KeelError({
    code: 'dataset.unreadable',
    why: `${path} cannot be opened (${code ?? message}).`,
    fix: 'Make sure that the path is correct, that you may read the file, and that no other program has locked it.',
    cause,
  });
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Size of a dataset file. Throws `dataset.missing_file` if it is not a regular file, and `dataset.unreadable`. */
export function fileBytes(path: string): number {
  const found = statsOf(path);
  if (found?.isFile()) return found.size;
  throw new KeelError({
    code: 'dataset.missing_file',
    why: found ? `${path} is ${found.isDirectory() ? 'a folder' : 'not a regular file'}.` : `${path} does not exist.`,
    fix: found?.isDirectory() ? filesInside(path) : 'Check the path.',
  });
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Opens a file. Throws `dataset.missing_file`, and `dataset.unreadable` if the system refuses it. */
export async function openFile(path: string): Promise<FileHandle> {
  fileBytes(path);
  return await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

/** How a file is compressed, by its first bytes, whatever its name; null if it is not. */
async function compressionOf(path: string): Promise<'gzip' | 'zstd' | null> {
  const handle = await openFile(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.equals(ZSTD)) return 'zstd';
    return head.subarray(0, 2).equals(GZIP) ? 'gzip' : null;
  } finally {
    await handle.close();
  }
}

/** Whether a file is gzipped. */
export async function isGzip(path: string): Promise<boolean> {
  return (await compressionOf(path)) === 'gzip';
}

function tooDense(path: string, ratio: number): KeelError {
  return new KeelError({
    code: 'dataset.suspicious_compression',
    why: `${path} unpacks to more than ${ratio} times its size, which is not plausible for text.`,
    fix: 'Unpack the file yourself if you trust it, and use the unpacked file.',
  });
}

function brokenPacking(path: string, packing: 'gzip' | 'zstd', cause: Error): KeelError {
  return new KeelError({
    code: `dataset.broken_${packing}`,
    why: `${path} could not be unpacked: ${cause.message}.`,
    fix: 'Download the file again; it is corrupted or incomplete.',
    cause,
  });
}

/**
 * Bytes of a file, unpacked if it is compressed with gzip or Zstandard, in pieces of about 256 KB. Throws
 * `dataset.broken_gzip`, `.broken_zstd`, `.suspicious_compression`, `.missing_file`, `.unreadable`, or `canceled` within
 * one piece after an abort.
 */
export async function* openBytes(path: string, options: ReadOptions): AsyncGenerator<Buffer> {
  const packed = await compressionOf(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // pipeline closes both ends if the reader stops early; errors surface in the loop below.
  const unpack = packed === 'zstd' ? createZstdDecompress : createGunzip;
  const bytes = packed ? pipeline(file, unpack({ chunkSize: CHUNK_BYTES }), () => undefined) : file;
  let decoded = 0;
  try {
    for await (const piece of bytes) {
      if (options.signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
      decoded += (piece as Buffer).length;
      if (packed && decoded > RATIO_COUNTS_FROM && decoded > options.limits.ratio * file.bytesRead) {
        throw tooDense(path, options.limits.ratio);
      }
      options.onBytes?.(file.bytesRead);
      yield piece as Buffer;
    }
  } catch (cause) {
    const isZlib = cause instanceof Error && 'code' in cause && /^Z_|^ZSTD_|^ERR_/.test(String(cause.code));
    throw packed && isZlib ? brokenPacking(path, packed, cause) : cause;
  } finally {
    file.destroy();
    bytes.destroy();
  }
}
