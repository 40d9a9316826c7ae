import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import type { ChangedDataset, Dataset, RowChanges } from '#contract/api/library/dataset-library.ts';
import { KeelError } from '#contract/errors.ts';
import { PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { requireFreeSpace } from '../runs/archive/disk-space.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { durably } from '../store/database.ts';
import { listVersions, type StoredVersion } from '../store/queries/datasets.ts';
import { fileFacts, hashFile, placeHashed } from './copy-hashed.ts';
import { currentVersion, getDataset, noteVersion, requireDataset } from './dataset-library.ts';
import { resultOfJob } from './result-of-job.ts';
import type { WorkStep } from './work-channel.ts';

const writtenSchema = z.object({ rows: z.int(), excluded: z.int(), edited: z.int() });

function otherContent(path: string, version: number): KeelError {
  return new KeelError({
    code: 'dataset.changed',
    why: `${path} no longer has the content of version ${version}.`,
    fix: 'Check the dataset again. Nothing was written.',
  });
}

/** `<name>.jsonl`, whatever the file it was made from is called: changed rows are written as JSON Lines. */
function changedName(path: string): string {
  const plain = basename(path).replace(/\.(gz|zst)$/i, '');
  const stem = plain.replace(/\.(jsonl?|ndjson|csv|tsv|parquet|arrow|feather|txt)$/i, '');
  return `${stem || 'dataset'}.jsonl`;
}

let partials = 0;

/**
 * Writes a new version with rows changed or left out into the data folder, and makes it the one that runs read. Earlier
 * versions stay as they are. Atomic. Throws `dataset_unknown`, `dataset.changed` if the content is no longer that of
 * `version`, `disk_space`, and what the engine's change throws.
 */
export async function changeDataset(
  setup: HostSetup,
  request: { readonly id: number; readonly version: number; readonly changes: RowChanges },
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<ChangedDataset> {
  const { id, version, changes } = request;
  const { columns } = requireDataset(setup, id);
  const from = await currentVersion(setup, id, report, signal);
  if (from.number !== version) throw otherContent(from.path, version);
  requireFreeSpace(setup.home, from.bytes, `A new version of ${basename(from.path)} needs`);
  const folder = join(setup.home, 'datasets');
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  partials += 1;
  const partial = join(folder, `.partial-change-${process.pid}-${partials}`);
  try {
    const job = { kind: 'dataset_change' as const, file: from.path, out: partial, options: { columns }, ...changes };
    const written = writtenSchema.parse(await resultOfJob(setup, job, report, signal));
    const placeOf = (hash: string) => join(folder, hash.replace('sha256:', '').slice(0, 16), changedName(from.path));
    const hashed = await placeHashed(partial, placeOf, { signal });
    durably(setup.store.write, () => noteVersion(setup, id, hashed.path, hashed));
    const dataset = await getDataset(setup, id);
    return { dataset, version: dataset.versions[0]!.number, ...written };
  } finally {
    await rm(partial, { force: true });
  }
}

function unknownVersion(id: number, number: number): KeelError {
  const why = `Dataset ${id} has no version ${number}.`;
  return new KeelError({ code: 'dataset_version_unknown', why, fix: 'Choose one from the list of its versions.' });
}

async function requireContent(version: StoredVersion, signal: AbortSignal): Promise<void> {
  const facts = await fileFacts(version.path);
  if (facts?.bytes === version.bytes && facts.modifiedAt === version.modifiedAt) return;
  const { contentHash } = await hashFile(version.path, { signal });
  if (contentHash !== version.contentHash) throw otherContent(version.path, version.number);
}

/**
 * Makes an earlier version the one that runs read. Throws `dataset_unknown`, `dataset_version_unknown`,
 * `dataset.missing_file`, and `dataset.changed` if its file has another content by now.
 */
export async function useDatasetVersion(
  setup: HostSetup,
  id: number,
  number: number,
  signal: AbortSignal,
): Promise<Dataset> {
  requireDataset(setup, id);
  const version = listVersions(setup.store.read, id).find((one) => one.number === number);
  if (!version) throw unknownVersion(id, number);
  await requireContent(version, signal);
  const { contentHash, bytes, path } = version;
  const facts = await fileFacts(path);
  const hashed = { contentHash, bytes, modifiedAt: facts?.modifiedAt ?? version.modifiedAt };
  durably(setup.store.write, () => noteVersion(setup, id, path, hashed));
  return await getDataset(setup, id);
}
