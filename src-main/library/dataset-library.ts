import { readdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import type { Dataset } from '#contract/api/library/dataset-library.ts';
import { KeelError } from '#contract/errors.ts';
import { removeFromHome, triedRemoval } from '../disk/remove-below.ts';
import { requireFreeSpace } from '../runs/archive/disk-space.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { durably } from '../store/database.ts';
import { readSummary } from '../store/queries/dataset-reports.ts';
import {
  deleteDataset,
  isPathKept,
  listDatasets,
  listVersions,
  readDataset,
  type StoredDataset,
  type StoredVersion,
  setColumns,
  setDatasetRemoved,
  upsertDataset,
  upsertVersion,
} from '../store/queries/datasets.ts';
import { copyHashed, fileFacts, type HashedFile, hashFile } from './copy-hashed.ts';
import { KEPT_MILLISECONDS } from './removed-for-good.ts';
import type { WorkStep } from './work-channel.ts';

type LibrarySetup = Pick<HostSetup, 'home' | 'store' | 'now'>;

function unknownDataset(id: number): KeelError {
  const fix = 'Choose one from the list, or add the file.';
  return new KeelError({ code: 'dataset_unknown', why: `The library has no dataset ${id}.`, fix });
}

/** The stored dataset with its newest version. Throws `dataset_unknown`. */
export function requireDataset({ store }: LibrarySetup, id: number): StoredDataset & { newest: StoredVersion } {
  const dataset = readDataset(store.read, id);
  const newest = dataset && listVersions(store.read, id)[0];
  if (!dataset || !newest) throw unknownDataset(id);
  return { ...dataset, newest };
}

async function describe({ store }: LibrarySetup, dataset: StoredDataset): Promise<Dataset> {
  const versions = listVersions(store.read, dataset.id);
  const newest = versions[0];
  if (!newest) throw unknownDataset(dataset.id);
  const facts = await fileFacts(newest.path);
  const isSame = facts?.bytes === newest.bytes && facts.modifiedAt === newest.modifiedAt;
  const state = facts === null ? ('missing' as const) : isSame ? ('ready' as const) : ('changed' as const);
  const shown = versions.map(({ modifiedAt: _, ...version }) => version);
  const summary = readSummary(store.read, newest.contentHash);
  return { ...dataset, columns: { ...dataset.columns }, path: newest.path, state, summary, versions: shown };
}

/** One dataset of the library with the current state of its file. Throws `dataset_unknown`. */
export async function getDataset(setup: LibrarySetup, id: number): Promise<Dataset> {
  return await describe(setup, requireDataset(setup, id));
}

/** All datasets that are not removed, newest first. */
export async function getDatasets(setup: LibrarySetup): Promise<Dataset[]> {
  const here = listDatasets(setup.store.read).filter(({ removedAt }) => removedAt === null);
  return await Promise.all(here.map((dataset) => describe(setup, dataset)));
}

/** The file name without folder, extension, and compression suffix. */
function nameOf(path: string): string {
  return (
    basename(path)
      .replace(/\.(gz|zst)$/i, '')
      .replace(/\.(jsonl?|ndjson|csv|tsv|parquet|arrow|feather|txt)$/i, '') || basename(path)
  );
}

/** Records a content of a dataset, which runs read from then on, even if the clock went back; within a transaction. */
export function noteVersion(setup: LibrarySetup, dataset: number, path: string, hashed: HashedFile): void {
  const { contentHash, bytes, modifiedAt } = hashed;
  const newest = listVersions(setup.store.write, dataset)[0];
  const seenAt = Math.max(setup.now(), (newest?.seenAt ?? 0) + 1);
  upsertVersion(setup.store.write, dataset, { contentHash, path, bytes, modifiedAt, seenAt });
}

let partials = 0;

/**
 * Adds a file in place, or a copy of it. A path that was added before keeps its row; new content creates a new version.
 * Atomic. Throws `dataset.missing_file`, `dataset.changed`, `disk_space`, `canceled`.
 */
export async function addDataset(
  setup: LibrarySetup,
  { path, copy }: { readonly path: string; readonly copy: boolean },
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  const folder = join(setup.home, 'datasets');
  const phase = copy ? 'copy' : 'hash';
  const onBytes = (done: number, total: number) => report({ phase, done, total, unit: 'byte' });
  const options = { signal, onBytes };
  const facts = copy ? await fileFacts(path) : null;
  if (facts) requireFreeSpace(setup.home, facts.bytes, `The copy of ${basename(path)} needs`);
  partials += 1;
  const partial = join(folder, `.partial-${process.pid}-${partials}`);
  const placeOf = (hash: string) => join(folder, hash.replace('sha256:', '').slice(0, 16), basename(path));
  const hashed = copy
    ? await copyHashed(path, placeOf, partial, options)
    : { ...(await hashFile(path, options)), path };
  const id = durably(setup.store.write, () => {
    const dataset = upsertDataset(setup.store.write, { name: nameOf(path), source: path, isCopy: copy }, setup.now());
    noteVersion(setup, dataset, hashed.path, hashed);
    return dataset;
  });
  return await getDataset(setup, id);
}

/**
 * The version that matches the file's current content. If its size or modification time has changed, the file is hashed
 * again, and new content creates a new version. Throws `dataset_unknown`, `dataset.missing_file`, `canceled`.
 */
export async function currentVersion(
  setup: LibrarySetup,
  id: number,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<StoredVersion> {
  const { newest } = requireDataset(setup, id);
  const facts = await fileFacts(newest.path);
  if (facts?.bytes === newest.bytes && facts.modifiedAt === newest.modifiedAt) return newest;
  const onBytes = (done: number, total: number) => report({ phase: 'hash', done, total, unit: 'byte' });
  const hashed = await hashFile(newest.path, { signal, onBytes });
  durably(setup.store.write, () => noteVersion(setup, id, newest.path, hashed));
  return requireDataset(setup, id).newest;
}

/** Stores the names that a dataset's columns have in its file. Throws `dataset_unknown`. */
export async function mapColumns(
  setup: LibrarySetup,
  id: number,
  columns: Readonly<Record<string, string>>,
): Promise<Dataset> {
  requireDataset(setup, id);
  durably(setup.store.write, () => setColumns(setup.store.write, id, columns));
  return await getDataset(setup, id);
}

/** Marks a dataset as removed, or undoes that. Files are kept for a day. Throws `dataset_unknown`. */
export async function setRemoved(setup: LibrarySetup, id: number, isRemoved: boolean): Promise<Dataset> {
  requireDataset(setup, id);
  durably(setup.store.write, () => setDatasetRemoved(setup.store.write, id, isRemoved ? setup.now() : null));
  return await getDataset(setup, id);
}

/** Removes a copy, and its folder unless it contains the same content under another name. */
function removeCopy(home: string, copy: string): void {
  removeFromHome(home, 'datasets', copy);
  if (readdirSync(dirname(copy)).length === 0) rmdirSync(dirname(copy));
}

/**
 * Deletes datasets that were removed a day ago, with their copies; the user's own files are never touched. Returns the
 * reasons why copies could not be removed.
 */
export function forgetDatasets({ home, store, now }: LibrarySetup): readonly string[] {
  const notices: string[] = [];
  const folder = join(home, 'datasets');
  for (const { id, removedAt } of listDatasets(store.read)) {
    if (removedAt === null || removedAt > now() - KEPT_MILLISECONDS) continue;
    // A copy, or a version whose rows were changed on the page; a user's own file is never below this folder.
    const copies = listVersions(store.read, id).map(({ path }) => path);
    durably(store.write, () => deleteDataset(store.write, id));
    for (const copy of copies) {
      // Two sources with the same content share their copy.
      if (dirname(dirname(copy)) === folder && !isPathKept(store.read, copy))
        notices.push(...triedRemoval(() => removeCopy(home, copy)));
    }
  }
  return notices;
}
