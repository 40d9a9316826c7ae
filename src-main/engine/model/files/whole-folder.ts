import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, isDiskFull, whatToFree } from '../../../disk/disk-full.ts';
import { removeBelow } from '../../../disk/remove-below.ts';
import { isWithin } from './export-target.ts';

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Flushes every file of a folder to disk. */
export function syncFiles(folder: string): void {
  for (const name of readdirSync(folder)) sync(join(folder, name));
}

/** Flushes the directory entries of a folder to disk. */
export const syncFolder = sync;

/** Checks first: removing a name that no file system accepts fails with an error that names nothing. */
function remove(folder: string): void {
  if (existsSync(folder)) removeBelow(dirname(folder), folder);
}

/** Where a folder is stored while it is filled, and where the folder that it replaces is kept meanwhile. */
export function placesBeside(target: string) {
  const beside = join(dirname(target), `.${basename(target)}`);
  return { partial: `${beside}.partial`, replaced: `${beside}.replaced` };
}

/** Repairs what a process left when it died while writing: the old folder is restored, a partial new one is removed. */
function recover(target: string): void {
  const { partial, replaced } = placesBeside(target);
  if (existsSync(replaced) && !existsSync(target)) renameSync(replaced, target);
  remove(replaced);
  remove(partial);
}

function swapIn(target: string): void {
  const { partial, replaced } = placesBeside(target);
  if (existsSync(target)) renameSync(target, replaced);
  try {
    renameSync(partial, target);
  } catch (error) {
    if (existsSync(replaced)) renameSync(replaced, target);
    throw error;
  }
  remove(replaced);
}

const DISK_FAULTS = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENAMETOOLONG',
  'ENOTDIR',
  'ENOENT',
]);

/** Converts a disk error to a typed error that names the folder; returns any other error unchanged. */
export function diskError(error: unknown, target: string, neededBytes?: number): unknown {
  const { code = '', path } = error as NodeJS.ErrnoException;
  const isElsewhere =
    path !== undefined && !isWithin(resolve(path), dirname(target)) && !isWithin(target, resolve(path));
  if (!DISK_FAULTS.has(code) || isElsewhere) return error;
  return new KeelError({
    code: 'export_not_written',
    why: `The folder ${target} could not be written (${code}).`,
    fix: isDiskFull(error)
      ? `${whatToFree(diskRoom(dirname(target), neededBytes))}, or choose a folder on another disk.`
      : 'Choose a folder on a disk with enough room where you have write permission.',
    cause: error,
  });
}

/**
 * Lets `write` fill an empty folder next to `out` and renames it on success, so that `out` is either complete or
 * unchanged; the next process repairs what a killed process left behind. For a run's own folders, where everything
 * belongs to Keel: previous content is removed. Throws `export_not_written`; an error of `write` is passed on.
 */
export async function writeWholeFolder<T>(out: string, write: (folder: string) => Promise<T> | T): Promise<T> {
  const target = resolve(out);
  const { partial } = placesBeside(target);
  try {
    recover(target);
    mkdirSync(partial, { recursive: true });
    const result = await write(partial);
    syncFiles(partial);
    swapIn(target);
    sync(dirname(target));
    return result;
  } catch (error) {
    remove(partial);
    throw diskError(error, target);
  }
}
