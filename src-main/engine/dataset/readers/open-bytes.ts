import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { canceled, KeelError } from '#contract/errors.ts';
import type { ReadOptions } from './raw-rows.ts';

const RATIO_COUNTS_FROM = 64 * 2 ** 20;
const CHUNK_BYTES = 256 * 1024;

/** Size of a dataset file. Throws `dataset.missing_file` if it is not a regular file. */
export function fileBytes(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return found.size;
  throw new KeelError({
    code: 'dataset.missing_file',
    why: found ? `${path} is not a regular file.` : `${path} does not exist.`,
    fix: 'Check the path.',
  });
}

/** Whether the file starts with the two gzip magic bytes, whatever its name. */
export async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function tooDense(path: string, ratio: number): KeelError {
  return new KeelError({
    code: 'dataset.suspicious_compression',
    why: `${path} unpacks to more than ${ratio} times its size, which is not plausible for text.`,
    fix: 'Unpack the file yourself if you trust it, and use the unpacked file.',
  });
}

function brokenGzip(path: string, cause: Error): KeelError {
  return new KeelError({
    code: 'dataset.broken_gzip',
    why: `${path} could not be unpacked: ${cause.message}.`,
    fix: 'Download the file again; it is corrupted or incomplete.',
    cause,
  });
}

/**
 * Bytes of a file, unpacked if it is gzipped, in pieces of about 256 KB. Throws `dataset.broken_gzip`,
 * `dataset.suspicious_compression`, `dataset.missing_file`, or `canceled` within one piece after an abort.
 */
export async function* openBytes(path: string, options: ReadOptions): AsyncGenerator<Buffer> {
  fileBytes(path);
  const packed = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // pipeline closes both ends if the reader stops early; errors surface in the loop below.
  const bytes = packed ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file;
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
    const isZlib = cause instanceof Error && 'code' in cause && /^Z_|^ERR_/.test(String(cause.code));
    throw packed && isZlib ? brokenGzip(path, cause) : cause;
  } finally {
    file.destroy();
    bytes.destroy();
  }
}
