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

/** Brings every file of a folder to the disk. */
export function syncFiles(folder: string): void {
  for (const name of readdirSync(folder)) sync(join(folder, name));
}

/** Brings the names in a folder to the disk. */
export const syncFolder = sync;

/** Looks first: removing by a name that no disk takes fails with an error that names nothing. */
function remove(folder: string): void {
  if (existsSync(folder)) removeBelow(dirname(folder), folder);
}

/** Where a folder is while it is filled, and where the one that it replaces waits. */
export function placesBeside(target: string) {
  const beside = join(dirname(target), `.${basename(target)}`);
  return { partial: `${beside}.partial`, replaced: `${beside}.replaced` };
}

/** Puts right what a process left that died while it wrote: the old folder comes back, a part of a new one goes. */
function heal(target: string): void {
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

/** A fault of the disk as a typed error that names the folder; anything else as it is. */
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
      : 'Choose a folder on a disk with room for it and the right to write.',
    cause: error,
  });
}

/**
 * Lets `write` fill an empty folder beside `out` and renames it when that went through, so that `out` is whole or is
 * what it was before; what a killed process left is put right by the next one. For folders of a run's own, where all is
 * Keel's: what was there is removed. Throws `export_not_written`; an error of `write` passes.
 */
export async function writeWholeFolder<T>(out: string, write: (folder: string) => Promise<T> | T): Promise<T> {
  const target = resolve(out);
  const { partial } = placesBeside(target);
  try {
    heal(target);
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
