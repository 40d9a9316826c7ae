import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BackupResult } from '#contract/api/run-archive.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { inspectCheckpoint, listCheckpoints } from '#engine/session/checkpoint/checkpoints.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import type { ReadableDb } from '../../store/database.ts';
import type { Store } from '../../store/open-store.ts';
import { listInputs } from '../../store/queries/lineage.ts';
import { listStages, readRun } from '../../store/queries/runs.ts';
import { writeRunRows } from '../../store/run-rows.ts';
import { requireFreeSpace } from '../archive/disk-space.ts';
import { keelVersion } from '../diagnostics/describe-environment.ts';
import type { WorkDesk } from '../host/background-job.ts';
import {
  BACKUP_FORMAT,
  type BackupManifest,
  filesBelow,
  hashAndCopy,
  MANIFEST,
  ROWS,
  SUFFIX,
} from './backup-format.ts';

interface Packed {
  readonly run: Run;
  /** Includes its checkpoints. */
  readonly isWhole: boolean;
}

/** The run with its stages, and every run whose models they use. */
function packedRuns(db: ReadableDb, run: Run): readonly Packed[] {
  const whole = [run, ...listStages(db, run.id)];
  const packed = new Map(whole.map((one) => [one.id as string, { run: one, isWhole: true }]));
  for (const { run: one } of packed.values()) {
    for (const { sourceRun } of listInputs(db, one.number)) {
      const source = sourceRun && !packed.has(sourceRun) ? readRun(db, sourceRun) : null;
      if (source) packed.set(source.id, { run: source, isWhole: false });
    }
  }
  return [...packed.values()].sort((one, other) => one.run.number - other.run.number);
}

interface PlannedFile {
  readonly source: string;
  readonly path: string;
}

function plannedFiles(packed: readonly Packed[]): readonly PlannedFile[] {
  return packed.flatMap(({ run, isWhole }) => {
    if (!existsSync(run.folder)) return [];
    const isWanted = (name: string) => isWhole || !name.startsWith('checkpoint-');
    return filesBelow(run.folder, isWanted).map((path) => ({
      source: join(run.folder, path),
      path: `runs/${run.id}/${path}`,
    }));
  });
}

function requireTarget(out: string): void {
  if (!out.endsWith(SUFFIX)) {
    throw new KeelError({
      code: 'backup_name',
      why: `${basename(out)} does not end in ${SUFFIX}.`,
      fix: `Name it ${basename(out)}${SUFFIX}.`,
    });
  }
  if (!existsSync(out)) return;
  throw new KeelError({ code: 'backup_target_exists', why: `${out} already exists.`, fix: 'Choose another name.' });
}

/** Marker file in an unfinished backup folder: only folders with it are removed if left behind. */
const UNFINISHED = 'unfinished-backup';

/** Creates an empty folder next to the target; removes leftovers of an earlier backup. */
function makePartial(out: string): string {
  for (let count = 1; ; count += 1) {
    const partial = join(dirname(out), `.${basename(out)}.partial${count === 1 ? '' : `-${count}`}`);
    if (existsSync(join(partial, UNFINISHED))) removeBelow(dirname(out), partial);
    if (existsSync(partial)) continue;
    mkdirSync(partial);
    writeFileSync(join(partial, UNFINISHED), '');
    return partial;
  }
}

/** Checkpoints whose files do not match their own manifests, using the hashes computed while copying. */
function damagedIn(packed: readonly Packed[], files: BackupManifest['files']): string[] {
  const whole = packed.filter(({ isWhole }) => isWhole).map(({ run }) => run);
  return whole.flatMap(({ id, folder }) => {
    return listCheckpoints(folder).flatMap((checkpoint) => {
      const why = damageOf(checkpoint.folder, (name) => files[`runs/${id}/${basename(checkpoint.folder)}/${name}`]);
      return why === null ? [] : [why];
    });
  });
}

function damageOf(folder: string, copied: (name: string) => { readonly sha256: string } | undefined): string | null {
  try {
    const expected = Object.entries(inspectCheckpoint(folder).files);
    const changed = expected.find(([name, { sha256 }]) => copied(name)?.sha256 !== sha256);
    return changed ? `The checkpoint ${folder} cannot be used: ${changed[0]} does not match its hash.` : null;
  } catch (error) {
    if (error instanceof KeelError) return error.why;
    throw error;
  }
}

function writeManifest(
  folder: string,
  packed: readonly Packed[],
  run: Run,
  files: BackupManifest['files'],
  now: number,
) {
  const manifest: BackupManifest = {
    format: BACKUP_FORMAT,
    keel: keelVersion(),
    madeAt: now,
    run: run.id,
    runs: packed.map(({ run: { id, createdAt, folder: place, baseFolder }, isWhole }) => {
      return { id, createdAt, folder: place, baseFolder, isWhole };
    }),
    files,
  };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
}

/**
 * Writes a run as one folder that another data folder can open: rows, checkpoints, models, log, and the models of runs
 * that it uses. Data files are not included; their hashes are. The folder is written next to its target and renamed.
 * @param out absolute path that ends in `.keelrun`
 * Throws `backup_name`, `backup_target_exists`, `disk_space`, `canceled`.
 */
export async function backUpRun(
  store: Store,
  run: Run,
  out: string,
  now: number,
  desk: WorkDesk,
): Promise<BackupResult> {
  requireTarget(out);
  const packed = packedRuns(store.read, run);
  const planned = plannedFiles(packed);
  const total = planned.reduce((sum, { source }) => sum + statSync(source).size, 0);
  mkdirSync(dirname(out), { recursive: true });
  requireFreeSpace(dirname(out), total);
  const partial = makePartial(out);
  try {
    const files: Record<string, { sha256: string; bytes: number }> = {};
    let done = 0;
    const count = (bytes: number) => {
      done += bytes;
      desk.progress('copying', done, total);
      desk.check();
    };
    for (const { source, path } of planned) files[path] = await hashAndCopy(source, join(partial, path), count);
    const rows = join(partial, ROWS);
    const numbers = (all: readonly Packed[]) => all.map((one) => one.run.number);
    writeRunRows(store.path, rows, numbers(packed), numbers(packed.filter(({ isWhole }) => !isWhole)));
    files[ROWS] = await hashAndCopy(rows, null, () => undefined);
    writeManifest(partial, packed, run, files, now);
    removeBelow(partial, join(partial, UNFINISHED));
    renameSync(partial, out);
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    const ids = packed.map(({ run: { id } }) => id);
    return { folder: out, runs: ids, files: Object.keys(files).length, bytes, damaged: damagedIn(packed, files) };
  } catch (error) {
    removeBelow(dirname(out), partial);
    throw error;
  }
}
