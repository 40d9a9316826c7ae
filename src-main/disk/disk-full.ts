import { existsSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { formatBytes } from '#contract/format.ts';

/** The space that a write needs and that its disk has. */
export interface DiskRoom {
  /** The path to be written. */
  readonly path: string;
  /** Mount point of its file system. */
  readonly mount: string;
  readonly freeBytes: number;
  readonly neededBytes: number;
}

/** Space assumed for small files if the required size is unknown. */
export const SMALL_WRITE_BYTES = 16 * 2 ** 20;

/** No space on the device, or an exhausted quota. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Whether a write failed because the disk is full, including as the cause of another error. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  return FULL.has(code) || code === 'store_full' || code.startsWith('SQLITE_FULL') || isDiskFull(error.cause);
}

/** The path itself if it exists, otherwise its nearest existing ancestor. */
function existing(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : existing(parent);
}

/** The mount point of a path's file system: the topmost folder above it on the same device. */
export function mountOf(path: string): string {
  let folder = existing(path);
  const { dev } = statSync(folder);
  for (let above = dirname(folder); above !== folder && statSync(above).dev === dev; above = dirname(folder)) {
    folder = above;
  }
  return folder;
}

/** Bytes that this user can still write to the disk of a path. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(existing(path));
  return bavail * bsize;
}

/** Throws ENOSPC before a write that does not fit on its disk, like the disk itself would partway through. */
export function requireRoom(path: string, neededBytes: number): void {
  if (freeBytes(path) >= neededBytes) return;
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** Describes the disk that a write goes to. */
export function diskRoom(path: string, neededBytes = SMALL_WRITE_BYTES): DiskRoom {
  return { path, mount: mountOf(path), freeBytes: freeBytes(path), neededBytes };
}

/** `Free 1.20 GB on /data`, or other advice if there seems to be enough space, as with a quota. */
export function whatToFree({ mount, freeBytes: free, neededBytes }: DiskRoom): string {
  return neededBytes > free
    ? `Free ${formatBytes(neededBytes - free, 'ceil')} on ${mount}`
    : `Check the quota and limits of ${mount}, which has ${formatBytes(free)} free`;
}

/** The message shown while a run waits: `waiting for disk: free 1.20 GB on /data for /data/runs/one`. */
export function waitingForDisk(room: DiskRoom): string {
  const advice = whatToFree(room);
  return `waiting for disk: ${advice[0]!.toLowerCase()}${advice.slice(1)} for ${room.path}`;
}

/** The typed error for a write that failed on a full disk. `what` is the subject of its sentence. */
export function diskFull(what: string, room: DiskRoom, cause?: unknown): KeelError {
  return new KeelError({
    code: 'disk_full',
    why:
      `${what} could not be written to ${room.path}: ` +
      `the disk at ${room.mount} is full (${formatBytes(room.freeBytes)} free).`,
    fix: `${whatToFree(room)}, then try again.`,
    cause,
  });
}

/**
 * Converts a disk-full error to a typed error with the path and the space to free; returns any other error unchanged.
 * @param fallback the path to report if the error names none; with null, such an error is returned unchanged.
 */
export function typedDiskError(error: unknown, fallback: string | null): unknown {
  if (!isDiskFull(error) || error instanceof KeelError) return error;
  const { path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const place = dest ?? path ?? fallback;
  return place === null ? error : diskFull('A file', diskRoom(place), error);
}

/** Runs a write. On a full disk, throws `disk_full`, which reports the path and the space to free. */
export function orDiskFull<Result>(what: string, path: string, write: () => Result, neededBytes?: number): Result {
  try {
    return write();
  } catch (error) {
    throw isDiskFull(error) && !(error instanceof KeelError)
      ? diskFull(what, diskRoom(path, neededBytes), error)
      : error;
  }
}
