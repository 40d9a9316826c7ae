import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { removeBelow } from '../../disk/remove-below.ts';

/** The real path of a folder that may not exist yet. */
function realTarget(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : join(realTarget(parent), basename(full));
}

const isWithin = (inner: string, outer: string) => inner === outer || inner.startsWith(outer + sep);

/**
 * Refuses a folder that would lose something when it is written: a file, or a filled folder without `force`.
 * Throws `export_target_is_file`, `export_target_exists`.
 */
export function checkNewFolder(out: string, force: boolean): void {
  const found = statSync(out, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) {
    throw new KeelError({ code: 'export_target_is_file', why: `${out} is a file.`, fix: 'Give a folder with --out.' });
  }
  if (found && !force && readdirSync(out).length > 0) {
    throw new KeelError({
      code: 'export_target_exists',
      why: `The folder ${out} exists and is not empty.`,
      fix: 'Give another folder with --out, or --force to replace this one.',
    });
  }
}

/**
 * Refuses the source itself as a target, a folder inside it or around it, and what {@link checkNewFolder} refuses.
 * Throws `export_target_is_source`, `export_target_is_file`, `export_target_exists`.
 */
export function checkExportTarget(source: string, out: string, force: boolean): void {
  const from = realpathSync(source);
  const to = realTarget(out);
  if (isWithin(to, from) || isWithin(from, to)) {
    throw new KeelError({
      code: 'export_target_is_source',
      why: `The target ${out} and the source ${source} are the same folder, or one holds the other.`,
      fix: 'Give a folder elsewhere with --out.',
    });
  }
  checkNewFolder(to, force);
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Looks first: removing by a name that no disk takes fails with an error that names nothing. */
function remove(folder: string): void {
  if (existsSync(folder)) removeBelow(dirname(folder), folder);
}

/** Where a folder is while it is filled, and where the one that it replaces waits. */
function placesBeside(target: string) {
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

function diskError(error: unknown, target: string): unknown {
  const { code = '', path } = error as NodeJS.ErrnoException;
  const isElsewhere =
    path !== undefined && !isWithin(resolve(path), dirname(target)) && !isWithin(target, resolve(path));
  if (!DISK_FAULTS.has(code) || isElsewhere) return error;
  return new KeelError({
    code: 'export_not_written',
    why: `The folder ${target} could not be written (${code}).`,
    fix: 'Give a folder on a disk with room for it and the right to write, with --out.',
    cause: error,
  });
}

/**
 * Lets `write` fill an empty folder beside `out` and renames it when that went through, so that `out` is whole or is
 * what it was before; what a killed process left is put right by the next one. Throws `export_not_written`; an error
 * of `write` passes.
 */
export async function writeWholeFolder<T>(out: string, write: (folder: string) => Promise<T> | T): Promise<T> {
  const target = resolve(out);
  const { partial } = placesBeside(target);
  try {
    heal(target);
    mkdirSync(partial, { recursive: true });
    const result = await write(partial);
    for (const name of readdirSync(partial)) sync(join(partial, name));
    swapIn(target);
    sync(dirname(target));
    return result;
  } catch (error) {
    remove(partial);
    throw diskError(error, target);
  }
}
