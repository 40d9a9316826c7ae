import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, isDiskFull, whatToFree } from './disk-full.ts';
import { removeBelow } from './remove-below.ts';

/** Marks a folder beside the target as unfinished work of Keel: only folders with it are removed if left behind. */
const UNFINISHED = 'unfinished-export';

const DISK_FAULTS = new Set(['EIO', 'EROFS', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'EEXIST']);

/** Whether something has this name, a broken link included. */
const isTaken = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function requireFree(target: string): void {
  if (!isTaken(target)) return;
  throw new KeelError({
    code: 'export_target_exists',
    why: `${target} already exists, and an export replaces nothing.`,
    fix: 'Choose another name, or remove it first.',
  });
}

/** An empty folder beside the target; what a killed process left there is removed. */
function makePartial(target: string): string {
  for (let count = 1; ; count += 1) {
    const partial = join(dirname(target), `.${basename(target)}.partial${count === 1 ? '' : `-${count}`}`);
    if (existsSync(join(partial, UNFINISHED))) removeBelow(dirname(target), partial);
    if (isTaken(partial)) continue;
    mkdirSync(partial);
    writeFileSync(join(partial, UNFINISHED), '');
    return partial;
  }
}

/** Flushes a file, or a folder with everything in it, to disk; returns the bytes of its files. */
function flush(path: string): number {
  const entry = statSync(path);
  const below = entry.isDirectory() ? readdirSync(path).map((name) => flush(join(path, name))) : [entry.size];
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return below.reduce((sum, bytes) => sum + bytes, 0);
}

function typed(error: unknown, target: string): unknown {
  if (error instanceof KeelError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const isFull = isDiskFull(error);
  if (!isFull && !DISK_FAULTS.has(code)) return error;
  return new KeelError({
    code: 'export_not_written',
    why: `${target} could not be written (${code}).`,
    fix: isFull
      ? `${whatToFree(diskRoom(dirname(target)))}, or choose a folder on another disk.`
      : 'Choose a folder where you have write permission.',
    cause: error,
  });
}

/**
 * Lets `write` make a file or folder beside `target` and moves it there on success, so that `target` is complete or
 * does not exist. Nothing is ever replaced. Returns the bytes written.
 * Throws `export_target_exists`, `export_not_written`; an error of `write` that is not the disk's is passed on.
 * @param target absolute path; missing folders above it are made
 */
export async function writeNew(target: string, write: (path: string) => Promise<void>): Promise<number> {
  let partial: string | null = null;
  try {
    requireFree(target);
    mkdirSync(dirname(target), { recursive: true });
    partial = makePartial(target);
    const content = join(partial, basename(target));
    await write(content);
    const bytes = flush(content);
    requireFree(target);
    renameSync(content, target);
    return bytes;
  } catch (error) {
    throw typed(error, target);
  } finally {
    if (partial !== null) removeBelow(dirname(target), partial);
  }
}
