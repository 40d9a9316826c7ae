import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canceled, KeelError } from '#contract/errors.ts';
import { PRIVATE_FOLDER } from '../disk/private-mode.ts';

export interface HashedFile {
  /** `sha256:<hex>` */
  readonly contentHash: string;
  readonly bytes: number;
  /** Modification time in milliseconds, including the fraction. */
  readonly modifiedAt: number;
}

export interface ReadFileOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (done: number, total: number) => void;
}

function missing(path: string, why: string): KeelError {
  return new KeelError({ code: 'dataset.missing_file', why: `${path} ${why}.`, fix: 'Check the path.' });
}

/** Size and modification time of a regular file, or null if there is none. */
export async function fileFacts(path: string): Promise<Omit<HashedFile, 'contentHash'> | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : null;
}

async function requireFile(path: string): Promise<Omit<HashedFile, 'contentHash'>> {
  const facts = await fileFacts(path);
  if (facts) return facts;
  throw missing(path, (await stat(path).catch(() => null)) ? 'is not a regular file' : 'does not exist');
}

/**
 * Hashes a file in chunks and, with `to`, also writes each chunk there. Throws `dataset.missing_file`, `canceled`, and
 * `dataset.changed` if the file was modified meanwhile.
 */
async function readThrough(path: string, to: string | null, options: ReadFileOptions): Promise<HashedFile> {
  const before = await requireFile(path);
  const hash = createHash('sha256');
  const target = to === null ? null : createWriteStream(to, { flush: true });
  const failure = target && new Promise<never>((_, reject) => target.once('error', reject));
  failure?.catch(() => undefined);
  let done = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      if (options.signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
      hash.update(piece as Buffer);
      if (target && failure && !target.write(piece)) {
        await Promise.race([new Promise<void>((resolve) => target.once('drain', () => resolve())), failure]);
      }
      done += (piece as Buffer).length;
      options.onBytes?.(done, before.bytes);
    }
    if (target && failure) await Promise.race([new Promise<void>((resolve) => target.end(() => resolve())), failure]);
  } catch (error) {
    target?.destroy();
    throw error;
  }
  const after = await requireFile(path);
  if (after.bytes !== before.bytes || after.modifiedAt !== before.modifiedAt) {
    const why = `${path} was modified while it was being read.`;
    throw new KeelError({ code: 'dataset.changed', why, fix: 'Wait until the file is complete and add it again.' });
  }
  return { contentHash: `sha256:${hash.digest('hex')}`, ...before };
}

/** Hashes a file. Throws like {@link copyHashed}. */
export function hashFile(path: string, options: ReadFileOptions = {}): Promise<HashedFile> {
  return readThrough(path, null, options);
}

async function intoPlace(
  from: string,
  placeOf: (contentHash: string) => string,
  hashed: HashedFile,
): Promise<HashedFile & { readonly path: string }> {
  const place = placeOf(hashed.contentHash);
  await mkdir(dirname(place), { recursive: true });
  await rename(from, place);
  const { modifiedAt } = await requireFile(place);
  return { ...hashed, modifiedAt, path: place };
}

/** Moves a complete file to a path determined by its content hash. Throws like {@link copyHashed}. */
export async function placeHashed(
  path: string,
  placeOf: (contentHash: string) => string,
  options: ReadFileOptions = {},
): Promise<HashedFile & { readonly path: string }> {
  return await intoPlace(path, placeOf, await hashFile(path, options));
}

/**
 * Copies a file to a path determined by its content hash; the copy is renamed to that path only when complete.
 * Throws `dataset.missing_file`, `dataset.changed`, `canceled`.
 */
export async function copyHashed(
  path: string,
  placeOf: (contentHash: string) => string,
  partial: string,
  options: ReadFileOptions = {},
): Promise<HashedFile & { readonly path: string }> {
  await mkdir(dirname(partial), { recursive: true, mode: PRIVATE_FOLDER });
  try {
    return await intoPlace(partial, placeOf, await readThrough(path, partial, options));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
