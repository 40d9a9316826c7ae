import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { stringify } from 'yaml';
import type { AbsentInput, OpenedBackup } from '#contract/api/run-archive.ts';
import { KeelError } from '#contract/errors.ts';
import { runIdSchema } from '#contract/ids.ts';
import { homePaths } from '../../disk/home-paths.ts';
import { makePrivate, PRIVATE_FOLDER } from '../../disk/private-mode.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import type { Store } from '../../store/open-store.ts';
import { listInputs } from '../../store/queries/lineage.ts';
import { readConfig, readRun } from '../../store/queries/runs.ts';
import { addRunRows, type OwnedFolder, rewriteRunRows } from '../../store/run-rows.ts';
import { requireFreeSpace } from '../archive/disk-space.ts';
import type { WorkDesk } from '../host/background-job.ts';
import { removeRunFolder, writeRunManifest } from '../host/run-folder.ts';
import {
  BACKUP_FORMAT,
  type BackupManifest,
  backupManifestSchema,
  hashAndCopy,
  MANIFEST,
  ROWS,
} from './backup-format.ts';
import { type Move, movedJson, movedText } from './move-texts.ts';

function broken(file: string, why: string): KeelError {
  return new KeelError({
    code: 'backup_broken',
    why: `The backup ${file} cannot be opened: ${why}.`,
    fix: 'Copy it again from its original location. Nothing was changed.',
  });
}

function readManifest(file: string): BackupManifest {
  const path = join(file, MANIFEST);
  if (!existsSync(path)) throw broken(file, `it has no ${MANIFEST}`);
  const parsed = backupManifestSchema.safeParse(parsedJson(readFileSync(path, 'utf8')));
  if (!parsed.success) throw broken(file, `its ${MANIFEST} is not valid`);
  const { data } = parsed;
  if (data.format > BACKUP_FORMAT) {
    throw new KeelError({
      code: 'backup_future',
      why:
        `The backup was made by Keel ${data.keel} in format ${data.format}; ` +
        `this version supports format ${BACKUP_FORMAT}.`,
      fix: 'Open it with that version of Keel or a newer one.',
    });
  }
  const ids = new Set<string>(data.runs.map(({ id }) => id));
  const isPlaced = (name: string) => name === ROWS || (/^runs\//.test(name) && ids.has(name.split('/')[1] ?? ''));
  if (!ids.has(data.run) || !data.files[ROWS] || !Object.keys(data.files).every(isPlaced))
    throw broken(file, `its ${MANIFEST} is inconsistent`);
  return data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface OpenedRun {
  readonly from: string;
  readonly to: string;
  readonly folder: string;
}

/** Plans which runs to add and under which ids; a run included only for its models is reused if it already exists. */
function planRuns(store: Store, home: string, { runs }: BackupManifest) {
  const isTaken = (id: string) => readRun(store.read, id) !== null || existsSync(join(home, 'runs', id));
  const known: string[] = [];
  const opened: OpenedRun[] = [];
  for (const { id, isWhole, createdAt } of runs) {
    if (!isWhole && readRun(store.read, id)?.createdAt === createdAt) {
      known.push(id);
      continue;
    }
    let to: string = id;
    for (let count = 2; isTaken(to); count += 1) to = `${id.slice(0, 60)}-${count}`;
    opened.push({ from: id, to: runIdSchema.parse(to), folder: join(home, 'runs', to) });
  }
  return { known, opened };
}

function planMove(home: string, manifest: BackupManifest, opened: readonly OpenedRun[], base: string | null): Move {
  const target = new Map(opened.map((one) => [one.from, one]));
  const folders = manifest.runs.flatMap(({ id, folder, baseFolder }) => {
    const to = target.get(id)?.folder ?? join(home, 'runs', id);
    return [{ from: folder, to }, ...(base === null ? [] : [{ from: baseFolder, to: base }])];
  });
  const unique = [...new Map(folders.filter(({ from, to }) => from !== to).map((one) => [one.from, one])).values()];
  const ids = new Map(opened.filter(({ from, to }) => from !== to).map(({ from, to }) => [from, to]));
  const former = formerHome(manifest);
  return {
    folders: unique.sort((one, other) => other.from.length - one.from.length),
    ids,
    home: former === null || former === home ? null : { from: former, to: home },
  };
}

/** The data folder in which a backup was made. */
function formerHome({ runs }: BackupManifest): string | null {
  return /^(.+)[\\/]runs[\\/][^\\/]+$/.exec(runs[0]?.folder ?? '')?.[1] ?? null;
}

/** Copies the files next to their final location and verifies every hash. Throws `backup_broken`, `canceled`. */
async function copyFiles(file: string, manifest: BackupManifest, opened: readonly OpenedRun[], desk: WorkDesk) {
  const files = Object.entries(manifest.files);
  const total = files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const target = new Map(opened.map(({ from, folder }) => [from, partialOf(folder)]));
  let done = 0;
  const count = (bytes: number) => {
    done += bytes;
    desk.progress('checking and copying', done, total);
    desk.check();
  };
  for (const [path, expected] of files) {
    const source = join(file, path);
    if (!statSync(source, { throwIfNoEntry: false })?.isFile()) throw broken(file, `${path} is missing`);
    const [, id = '', ...rest] = path.split('/');
    const folder = target.get(id);
    const { sha256 } = await hashAndCopy(source, folder && path !== ROWS ? join(folder, ...rest) : null, count);
    if (sha256 !== expected.sha256) throw broken(file, `${path} does not match its hash`);
  }
}

const partialOf = (folder: string) => `${folder}.partial`;

/** Rewrites the data file paths in the keys of a run's ledger. A resume refuses an unreadable ledger. */
function moveLedger(home: string, folder: string, move: Move): void {
  const path = join(folder, 'inputs.json');
  const read = existsSync(path) ? parsedJson(readFileSync(path, 'utf8')) : null;
  if (read === null || typeof read !== 'object') return;
  const [former, here] = [homePaths(move.home?.from ?? home).text, homePaths(home).text];
  const ledger = Object.entries(read).map(([key, hash]) => {
    const space = key.indexOf(' ');
    const place = movedText(former.local(key.slice(space + 1)), move);
    return [`${key.slice(0, space)} ${here.portable(place)}`, hash];
  });
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(ledger), null, 2)}\n`);
}

function finishFolder(store: Store, home: string, { to, folder }: OpenedRun, move: Move): void {
  const run = readRun(store.read, to);
  if (!run) return;
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  moveLedger(home, folder, move);
  const { given, resolved } = readConfig(store.read, run.number);
  writeFileSync(join(folder, 'config.yaml'), stringify(resolved));
  writeRunManifest(folder, { format: 1, ...run, configGiven: given });
}

/** Data of a run that is missing or differs here. Models in plain folders have no hash and just have to exist. */
async function absentInputs(
  store: Store,
  id: string,
  { mayRead }: OpenBackupRequest,
  desk: WorkDesk,
): Promise<readonly AbsentInput[]> {
  const run = readRun(store.read, id);
  if (!run) return [];
  const absent: AbsentInput[] = [];
  for (const { role, path, sha256, sourceRun } of listInputs(store.read, run.number)) {
    desk.check();
    const place = resolve(run.baseFolder, path);
    const told = { run: id, role, path: sourceRun ? `run:${sourceRun}` : place, sha256 };
    if (!mayRead(place) || !existsSync(place)) absent.push({ ...told, reason: 'missing' });
    else if (sha256 && statSync(place).isFile()) {
      const found = await hashAndCopy(place, null, () => desk.check());
      if (`sha256:${found.sha256}` !== sha256 && found.sha256 !== sha256) absent.push({ ...told, reason: 'changed' });
    }
  }
  const { model } = readConfig(store.read, run.number).resolved;
  const isPlain = typeof model === 'string' && !/^(run|stage):/.test(model);
  const place = isPlain ? resolve(run.baseFolder, model) : null;
  if (place && !(mayRead(place) && existsSync(place)))
    absent.push({ run: id, role: 'model', path: place, sha256: '', reason: 'missing' });
  return absent;
}

/** Ensures that folders removed together with a run are its own, whatever the backup claims. */
function requireOwnFolders(file: string, owned: readonly OwnedFolder[], opened: readonly OpenedRun[]): void {
  const place = new Map(opened.map(({ to, folder }) => [to, folder]));
  for (const { run, folder } of owned) {
    const own = place.get(run);
    const isOwn = own === undefined || resolve(folder) === own || resolve(folder).startsWith(own + sep);
    if (!isOwn) throw broken(file, `it claims the folder ${folder}`);
  }
}

export interface OpenBackupRequest {
  /** The backup's folder, absolute. */
  readonly file: string;
  /** Replaces the folder to which the config's paths were relative; null keeps it. */
  readonly baseFolder: string | null;
  /** Whether the caller may know about a file; files it may not know about count as missing. */
  readonly mayRead: (path: string) => boolean;
}

/**
 * Adds the runs of a backup to a data folder. Unused ids are kept; paths, lineage, and references are rewritten. Every
 * file is verified against its hash before a row is written. Data missing here is reported; the run is still opened.
 * Throws `backup_broken`, `backup_future`, `store_future`, `disk_space`, `canceled`.
 */
export async function openBackup(
  store: Store,
  home: string,
  request: OpenBackupRequest,
  desk: WorkDesk,
): Promise<OpenedBackup> {
  const { file, baseFolder } = request;
  const manifest = readManifest(file);
  const { known, opened } = planRuns(store, home, manifest);
  const move = planMove(home, manifest, opened, baseFolder);
  const runs = join(home, 'runs');
  mkdirSync(runs, { recursive: true, mode: PRIVATE_FOLDER });
  const rows = join(runs, `.opening-${process.pid}.sqlite`);
  const sizes = Object.values(manifest.files).map(({ bytes }) => bytes);
  requireFreeSpace(
    runs,
    sizes.reduce((sum, bytes) => sum + bytes, 0),
  );
  const placed: string[] = [];
  try {
    for (const { folder } of opened) removeBelow(runs, partialOf(folder));
    await copyFiles(file, manifest, opened, desk);
    copyFileSync(join(file, ROWS), rows);
    const owned = rewriteRunRows(rows, home, (text) => movedJson(text, move));
    requireOwnFolders(file, owned, opened);
    for (const { folder } of opened) {
      if (existsSync(partialOf(folder))) renameSync(partialOf(folder), folder);
      makePrivate(folder);
      placed.push(folder);
    }
    addRunRows(
      store.write,
      rows,
      opened.map(({ to }) => to),
    );
  } catch (error) {
    for (const { folder } of opened) removeBelow(runs, partialOf(folder));
    for (const folder of placed) removeRunFolder(home, folder);
    throw error;
  } finally {
    rmSync(rows, { force: true });
  }
  for (const one of opened) finishFolder(store, home, one, move);
  const absent: AbsentInput[] = [];
  for (const { to } of opened) absent.push(...(await absentInputs(store, to, request, desk)));
  const run = opened.find(({ from }) => from === manifest.run)?.to ?? manifest.run;
  return { run, opened: opened.map(({ from, to }) => ({ from, to })), known, absent };
}
