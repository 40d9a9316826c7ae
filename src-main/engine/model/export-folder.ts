import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';

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
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}

function swapIn(partial: string, out: string): void {
  const old = `${partial}.replaced`;
  if (existsSync(out)) renameSync(out, old);
  try {
    renameSync(partial, out);
  } catch (error) {
    if (existsSync(old)) renameSync(old, out);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
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

function diskError(error: unknown, out: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!DISK_FAULTS.has(code)) return error;
  return new KeelError({
    code: 'export_not_written',
    why: `The folder ${out} could not be written (${code}).`,
    fix: 'Give a folder on a disk with room for it and the right to write, with --out.',
    cause: error,
  });
}

/**
 * Lets `write` fill an empty folder beside `out` and renames it when that went through, so that `out` is whole or is
 * what it was before. Throws `export_not_written`; an error of `write` passes.
 */
export async function writeWholeFolder<T>(out: string, write: (folder: string) => Promise<T> | T): Promise<T> {
  const target = resolve(out);
  const partial = join(dirname(target), `.${basename(target)}.partial-${process.pid}`);
  try {
    remove(partial);
    mkdirSync(partial, { recursive: true });
    const result = await write(partial);
    for (const name of readdirSync(partial)) sync(join(partial, name));
    swapIn(partial, target);
    sync(dirname(target));
    return result;
  } catch (error) {
    remove(partial);
    throw diskError(error, out);
  }
}
