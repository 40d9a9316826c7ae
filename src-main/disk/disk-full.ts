import { existsSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { formatSize } from '#contract/format-size.ts';

/** What a write needs and its disk has. */
export interface DiskRoom {
  /** What is to be written. */
  readonly path: string;
  /** Where its file system is mounted. */
  readonly mount: string;
  readonly freeBytes: number;
  readonly neededBytes: number;
}

/** Room for small files, where nobody has counted what is needed. */
export const SMALL_WRITE_BYTES = 16 * 2 ** 20;

/** No space on the device, or a quota that is used up. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** True for a write that met a full disk, also where that is the cause of another error. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  return FULL.has(code) || code === 'store_full' || code.startsWith('SQLITE_FULL') || isDiskFull(error.cause);
}

/** The nearest folder or file of a path that exists. */
function existing(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : existing(parent);
}

/** Where the file system of a path is mounted: the topmost folder above it with the same device. */
export function mountOf(path: string): string {
  let folder = existing(path);
  const { dev } = statSync(folder);
  for (let above = dirname(folder); above !== folder && statSync(above).dev === dev; above = dirname(folder)) {
    folder = above;
  }
  return folder;
}

/** Bytes that this user may still write on the disk of a path. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(existing(path));
  return bavail * bsize;
}

/** Refuses a write that its disk has no room for, as the disk would in the middle of it: with ENOSPC. */
export function requireRoom(path: string, neededBytes: number): void {
  if (freeBytes(path) >= neededBytes) return;
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** Looks at the disk that a write goes to. */
export function diskRoom(path: string, neededBytes = SMALL_WRITE_BYTES): DiskRoom {
  return { path, mount: mountOf(path), freeBytes: freeBytes(path), neededBytes };
}

/** `Free 1.20 GB on /data`, or what else may help where there seems to be room, as with a quota. */
export function whatToFree({ mount, freeBytes: free, neededBytes }: DiskRoom): string {
  return neededBytes > free
    ? `Free ${formatSize(neededBytes - free)} on ${mount}`
    : `Check quota and limits of ${mount}, which has ${formatSize(free)} free`;
}

/** What a person is told while a run waits: `waiting for disk: free 1.20 GB on /data for /data/runs/one`. */
export function waitingForDisk(room: DiskRoom): string {
  const wish = whatToFree(room);
  return `waiting for disk: ${wish[0]!.toLowerCase()}${wish.slice(1)} for ${room.path}`;
}

/** The typed error of a write that met a full disk. `what` begins its sentence. */
export function diskFull(what: string, room: DiskRoom, cause?: unknown): KeelError {
  return new KeelError({
    code: 'disk_full',
    why: `${what} could not be written to ${room.path}: the disk at ${room.mount} is full (${formatSize(room.freeBytes)} free).`,
    fix: `${whatToFree(room)}, then try again.`,
    cause,
  });
}

/**
 * What a full disk has thrown as a typed error with the path and what has to be freed; anything else as it is.
 * @param fallback the path where the error names none; null leaves such an error as it is.
 */
export function typedDiskError(error: unknown, fallback: string | null): unknown {
  if (!isDiskFull(error) || error instanceof KeelError) return error;
  const { path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const place = dest ?? path ?? fallback;
  return place === null ? error : diskFull('A file', diskRoom(place), error);
}

/** Runs a write; one that meets a full disk fails with `disk_full`, which names the path and what has to be freed. */
export function orDiskFull<Result>(what: string, path: string, write: () => Result, neededBytes?: number): Result {
  try {
    return write();
  } catch (error) {
    throw isDiskFull(error) && !(error instanceof KeelError)
      ? diskFull(what, diskRoom(path, neededBytes), error)
      : error;
  }
}
