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
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, isDiskFull, requireRoom, SMALL_WRITE_BYTES, whatToFree } from '../../disk/disk-full.ts';
import { hashFile } from '../model/file-hash.ts';
import { failpoint } from './failpoint.ts';

const FORMAT = 1;
const FOLDER = /^checkpoint-(\d{8})$/;
const PARTIAL = /^\.checkpoint-\d{8}\.partial$/;
const REPLACED = /^(checkpoint-\d{8})\.replaced$/;

interface ManifestFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** What a complete checkpoint folder holds; the manifest is written last and hashes every other file. */
export interface Manifest {
  readonly format: number;
  readonly step: number;
  readonly files: Readonly<Record<string, ManifestFile>>;
}

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
  const files: Record<string, ManifestFile> = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    files[name] = { sha256: hashFile(path), bytes: statSync(path).size };
    withFile(path, fsyncSync);
  }
  return { format: FORMAT, step, files };
}

/** Name of the folder of a step's checkpoint. */
export function checkpointName(step: number): string {
  return `checkpoint-${String(step).padStart(8, '0')}`;
}

/**
 * Writes a checkpoint beside its place and renames it, so that a folder with a manifest is always whole. A disk that has
 * less room than is needed is not filled up first: the run's store may lie there too.
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
  rmSync(partial, { recursive: true, force: true });
  failpoint('checkpoint.before_write');
  try {
    requireRoom(runFolder, neededBytes);
    mkdirSync(partial, { recursive: true });
    write(partial);
    failpoint('checkpoint.before_sync');
    const manifest = describe(partial, step);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    writeFileSync(join(partial, 'manifest.json'), text, { flush: true });
    failpoint('checkpoint.before_rename');
    replaceFolder(partial, folder);
    withFile(runFolder, fsyncSync);
    failpoint('checkpoint.after_rename');
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, text.length);
    return { folder, manifestHash: createHash('sha256').update(text).digest('hex'), bytes };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw diskError(error, folder, neededBytes);
  }
}

/** Swaps a finished folder in; whatever moment the process dies at, one of the two is left for {@link collectOrphans}. */
function replaceFolder(partial: string, folder: string): void {
  const old = `${folder}.replaced`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(partial, folder);
  rmSync(old, { recursive: true, force: true });
}

const DISK_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

function diskError(error: unknown, folder: string, neededBytes: number): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!DISK_FAULTS.has(code)) return error;
  return new KeelError({
    code: 'checkpoint_not_written',
    why: `The checkpoint ${basename(folder)} could not be written to ${dirname(folder)} (${code}); the one before it is intact.`,
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
    fix: 'Resume from an earlier checkpoint of the run.',
  });
}

/** Reads a checkpoint's manifest and holds every file against its hash. Throws `checkpoint_corrupt`. */
export function verifyCheckpoint(folder: string): Manifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) throw corrupt(folder, 'it has no manifest, so it was never finished');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.format !== FORMAT) throw corrupt(folder, `its format ${manifest.format} is not ${FORMAT}`);
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = join(folder, basename(name));
    if (!existsSync(file)) throw corrupt(folder, `${name} is missing`);
    if (hashFile(file) !== expected.sha256) throw corrupt(folder, `${name} does not match its hash`);
  }
  return manifest;
}

/** Folders of the finished checkpoints of a run, oldest first. Chosen by step, never by time. */
export function listCheckpoints(runFolder: string): readonly { readonly step: number; readonly folder: string }[] {
  if (!existsSync(runFolder)) return [];
  return readdirSync(runFolder)
    .flatMap((name) => {
      const step = FOLDER.exec(name)?.[1];
      const folder = join(runFolder, name);
      return step && existsSync(join(folder, 'manifest.json')) ? [{ step: Number(step), folder }] : [];
    })
    .sort((a, b) => a.step - b.step);
}

/** Puts back what an interrupted replacement moved aside and removes what interrupted writes have left. Gives the names. */
export function collectOrphans(runFolder: string): readonly string[] {
  if (!existsSync(runFolder)) return [];
  for (const name of readdirSync(runFolder)) {
    const original = REPLACED.exec(name)?.[1];
    if (original && !existsSync(join(runFolder, original)))
      renameSync(join(runFolder, name), join(runFolder, original));
  }
  const orphans = readdirSync(runFolder).filter(
    (name) =>
      PARTIAL.test(name) ||
      REPLACED.test(name) ||
      (FOLDER.test(name) && !existsSync(join(runFolder, name, 'manifest.json'))),
  );
  for (const name of orphans) rmSync(join(runFolder, name), { recursive: true, force: true });
  return orphans;
}
