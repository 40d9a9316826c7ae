import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { downloadFile } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';
import { diskFull, diskRoom, isDiskFull } from '../disk/disk-full.ts';
import type { WantedFile } from './choose-files.ts';
import { hubError } from './hub-error.ts';
import { callOptions, type HubRequest } from './look-up.ts';

/** Bytes of a file from an earlier attempt. */
export async function partialBytes(folder: string, { path, bytes }: WantedFile): Promise<number> {
  const whole = await stat(join(folder, path)).catch(() => null);
  if (whole?.size === bytes) return bytes;
  const part = await stat(join(folder, `${path}.part`)).catch(() => null);
  return part ? Math.min(part.size, bytes) : 0;
}

async function hasHash(path: string, { bytes, hash }: WantedFile): Promise<boolean> {
  const sum = createHash(hash.kind === 'git' ? 'sha1' : 'sha256');
  if (hash.kind === 'git') sum.update(`blob ${bytes}\0`);
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) sum.update(piece as Buffer);
  return sum.digest('hex') === hash.hex;
}

function wrongContent(name: string, why: string): KeelError {
  return new KeelError({
    code: 'hub_wrong_content',
    why: `${name} ${why}; it was discarded.`,
    fix: 'Try again. If it happens again, a mirror or proxy in between is changing files.',
  });
}

async function* counted(body: AsyncIterable<Uint8Array>, room: number, onBytes: (bytes: number) => void) {
  let left = room;
  for await (const piece of body) {
    left -= piece.length;
    if (left < 0) throw new RangeError('more bytes than announced');
    onBytes(piece.length);
    yield piece;
  }
}

async function openRest(request: HubRequest, commit: string, file: WantedFile, from: number): Promise<Blob> {
  const repo = { type: 'model' as const, name: request.repository };
  const blob = await downloadFile({ repo, path: file.path, revision: commit, xet: false, ...callOptions(request) });
  if (!blob) {
    const why = `The hub lists ${file.path} but does not provide it.`;
    throw new KeelError({ code: 'hub_failed', why, fix: 'Try again later; the repository may be changing.' });
  }
  if (blob.size !== file.bytes) throw wrongContent(file.path, `has ${blob.size} bytes instead of ${file.bytes}`);
  // A slice of the whole file sends no range request; any shorter slice does.
  return blob.slice(from, file.bytes);
}

/**
 * Downloads a file, or the rest of it, into a folder, and renames it once its hash is verified. Data received before an
 * interruption is kept for the next attempt. Throws `hub_wrong_content`, `hub_interrupted`, `disk_full`, and the hub's
 * errors.
 */
export async function fetchFile(
  request: HubRequest,
  commit: string,
  folder: string,
  file: WantedFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const target = join(folder, file.path);
  const part = `${target}.part`;
  if ((await stat(target).catch(() => null))?.size === file.bytes) return;
  const from = await partialBytes(folder, file);
  try {
    if (from < file.bytes || file.bytes === 0) {
      const rest = await openRest(request, commit, file, from);
      const body = rest.stream() as unknown as AsyncIterable<Uint8Array>;
      const sink = createWriteStream(part, { flags: from > 0 ? 'a' : 'w', flush: true });
      if (file.bytes > 0) await pipeline(counted(body, file.bytes - from, onBytes), sink);
      else await pipeline([], sink);
    }
  } catch (error) {
    if (error instanceof KeelError) throw error;
    if (isDiskFull(error))
      throw diskFull(`The file ${file.path}`, diskRoom(part, file.bytes - (await partialBytes(folder, file))), error);
    if (error instanceof RangeError) {
      await rm(part, { force: true });
      throw wrongContent(file.path, `is longer than the ${file.bytes} bytes that the hub announced`);
    }
    throw interrupted(hubError(error, request.repository), file);
  }
  const { size } = await stat(part);
  if (size < file.bytes) throw interrupted(new Error(`${size} of ${file.bytes} bytes received`), file);
  if (!(await hasHash(part, file))) {
    await rm(part, { force: true });
    throw wrongContent(file.path, 'does not have the hash that the hub lists');
  }
  await rename(part, target);
}

function interrupted(error: unknown, file: WantedFile): unknown {
  if (error instanceof KeelError) return error;
  return new KeelError({
    code: 'hub_interrupted',
    why: `The download of ${file.path} was interrupted: ${error instanceof Error ? error.message : String(error)}.`,
    fix: 'Start it again; it continues where it stopped.',
    cause: error,
  });
}
