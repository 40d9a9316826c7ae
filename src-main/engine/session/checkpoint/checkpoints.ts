import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, isDiskFull, requireRoom, SMALL_WRITE_BYTES, whatToFree } from '../../../disk/disk-full.ts';
import { removeBelow } from '../../../disk/remove-below.ts';
import { hashFile } from '../../model/files/file-hash.ts';
import { failpoint } from './failpoint.ts';

const FORMAT = 1;
const FOLDER = /^checkpoint-(\d{8})$/;
const PARTIAL = /^\.checkpoint-\d{8}\.partial$/;
const REPLACED = /^(checkpoint-\d{8})\.replaced$/;

const MANIFEST = 'manifest.json';

const manifestSchema = z.object({
  format: z.number(),
  step: z.int().nonnegative(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int().nonnegative() })),
});

/** The content of a complete checkpoint folder; the manifest is written last and hashes every other file. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

export interface WrittenCheckpoint {
  readonly folder: string;
  readonly manifestHash: string;
  readonly bytes: number;
}

function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function describe(folder: string, step: number): Manifest {
  const files: Manifest['files'] = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    files[name] = { sha256: hashFile(path), bytes: statSync(path).size };
    withFile(path, fsyncSync);
  }
  return { format: FORMAT, step, files };
}

/** Name of the checkpoint folder for a step. */
export function checkpointName(step: number): string {
  return `checkpoint-${String(step).padStart(8, '0')}`;
}

/**
 * Writes a checkpoint next to its final location and renames it, so that a folder with a manifest is always complete.
 * If the disk has less room than needed, nothing is written: the run's store may be on the same disk.
 * Throws `checkpoint_not_written`.
 * @param write fills the given empty folder with the checkpoint's files.
 */
export function writeCheckpoint(
  runFolder: string,
  step: number,
  write: (folder: string) => void,
  neededBytes = 0,
): WrittenCheckpoint {
  const name = checkpointName(step);
  const partial = join(runFolder, `.${name}.partial`);
  const folder = join(runFolder, name);
  removeBelow(runFolder, partial);
  failpoint('checkpoint.before_write');
  try {
    requireRoom(runFolder, neededBytes);
    mkdirSync(partial, { recursive: true });
    write(partial);
    failpoint('checkpoint.before_sync');
    const manifest = describe(partial, step);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    writeFileSync(join(partial, MANIFEST), text, { flush: true });
    failpoint('checkpoint.before_rename');
    replaceFolder(partial, folder);
    withFile(runFolder, fsyncSync);
    failpoint('checkpoint.after_rename');
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, text.length);
    return { folder, manifestHash: createHash('sha256').update(text).digest('hex'), bytes };
  } catch (error) {
    removeBelow(runFolder, partial);
    throw diskError(error, folder, neededBytes);
  }
}

/**
 * Swaps in a finished folder; at whatever point the process dies, one of the two is left for {@link collectOrphans}.
 */
function replaceFolder(partial: string, folder: string): void {
  const old = `${folder}.replaced`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(partial, folder);
  removeBelow(dirname(folder), old);
}

const DISK_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

function diskError(error: unknown, folder: string, neededBytes: number): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!DISK_FAULTS.has(code)) return error;
  return new KeelError({
    code: 'checkpoint_not_written',
    why:
      `The checkpoint ${basename(folder)} could not be written to ${dirname(folder)} (${code}). The previous ` +
      'checkpoint is intact.',
    fix: isDiskFull(error)
      ? `${whatToFree(diskRoom(dirname(folder), neededBytes || SMALL_WRITE_BYTES))}, then resume the run.`
      : 'Check the disk, then resume the run.',
    cause: error,
  });
}

function corrupt(folder: string, why: string): KeelError {
  return new KeelError({
    code: 'checkpoint_corrupt',
    why: `The checkpoint ${folder} cannot be used: ${why}.`,
    fix: 'Use an earlier checkpoint of the run.',
  });
}

/** Reads from a checkpoint's file; a disk that cannot read it makes the checkpoint unusable, not the run. */
function reading<Result>(folder: string, name: string, read: (path: string) => Result): Result {
  try {
    return read(join(folder, basename(name)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw corrupt(folder, code === 'ENOENT' ? `${name} is missing` : `${name} could not be read (${code ?? error})`);
  }
}

/** Reads a checkpoint folder's manifest. Throws `checkpoint_corrupt`. */
export function readManifest(folder: string): Manifest {
  const text = reading(folder, MANIFEST, (path) => readFileSync(path, 'utf8'));
  const { data: manifest } = manifestSchema.safeParse(parseJson(text));
  if (!manifest) throw corrupt(folder, `its ${MANIFEST} is incomplete or damaged`);
  if (manifest.format !== FORMAT) throw corrupt(folder, `its format ${manifest.format} is not ${FORMAT}`);
  const step = FOLDER.exec(basename(folder))?.[1];
  if (step && Number(step) !== manifest.step) throw corrupt(folder, `its ${MANIFEST} belongs to step ${manifest.step}`);
  return manifest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Checks a checkpoint without reading its weights: the manifest, and whether every file exists and has the right size.
 * Returns the manifest. Throws `checkpoint_corrupt`.
 */
export function inspectCheckpoint(folder: string): Manifest {
  const manifest = readManifest(folder);
  for (const [name, { bytes }] of Object.entries(manifest.files)) {
    const found = reading(folder, name, (path) => statSync(path));
    if (!found.isFile()) throw corrupt(folder, `${name} is not a file`);
    if (found.size !== bytes) throw corrupt(folder, `${name} has ${found.size} bytes instead of ${bytes}`);
  }
  return manifest;
}

/**
 * Does the same, and also compares files with their hashes. Returns the manifest. Throws `checkpoint_corrupt`.
 * @param names the files to check; by default, all files in the manifest.
 */
export function verifyCheckpoint(folder: string, names?: readonly string[]): Manifest {
  const manifest = inspectCheckpoint(folder);
  for (const name of names ?? Object.keys(manifest.files)) {
    const expected = manifest.files[name];
    if (!expected) throw corrupt(folder, `it does not contain ${name}`);
    if (reading(folder, name, hashFile) !== expected.sha256) throw corrupt(folder, `${name} does not match its hash`);
  }
  return manifest;
}

/** Why a checkpoint cannot be used, as far as {@link inspectCheckpoint} detects it; null if it can. */
export function checkpointFault(folder: string): string | null {
  try {
    inspectCheckpoint(folder);
    return null;
  } catch (error) {
    if (error instanceof KeelError) return error.why;
    throw error;
  }
}

/** A run's checkpoint folders, oldest first, damaged ones included. Ordered by step, never by time. */
export function listCheckpoints(runFolder: string): readonly { readonly step: number; readonly folder: string }[] {
  if (!existsSync(runFolder)) return [];
  return readdirSync(runFolder)
    .flatMap((name) => {
      const step = FOLDER.exec(name)?.[1];
      return step ? [{ step: Number(step), folder: join(runFolder, name) }] : [];
    })
    .sort((a, b) => a.step - b.step);
}

/**
 * Restores what an interrupted replacement moved aside, and removes what interrupted writes left behind. Returns the
 * names.
 */
export function collectOrphans(runFolder: string): readonly string[] {
  if (!existsSync(runFolder)) return [];
  for (const name of readdirSync(runFolder)) {
    const original = REPLACED.exec(name)?.[1];
    if (original && !existsSync(join(runFolder, original)))
      renameSync(join(runFolder, name), join(runFolder, original));
  }
  const orphans = readdirSync(runFolder).filter((name) => PARTIAL.test(name) || REPLACED.test(name));
  for (const name of orphans) removeBelow(runFolder, join(runFolder, name));
  return orphans;
}
