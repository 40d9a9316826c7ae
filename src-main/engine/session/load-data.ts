import { statSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { findOverlap } from '../dataset/duplicates/find-overlap.ts';
import { findFormerOverlap } from '../dataset/former-duplicates/former-overlap.ts';
import { type FormerDuplicates, splitAsFormerly } from '../dataset/former-duplicates/former-split.ts';
import { loadDataset } from '../dataset/load-dataset.ts';
import { type DatasetSplit, type Duplicates, emptySplit, splitDataset } from '../dataset/split-dataset.ts';
import type { Comparison, DataRecord, Demonstration, Prompt } from '../records.ts';
import { seededGenerator } from '../runtime/host-random.ts';
import type { Emit } from './context.ts';

/** The config fields that specify the source of the records. */
export interface DataConfig {
  readonly files: readonly string[];
  readonly columns: Readonly<Record<string, string | undefined>>;
  readonly heldOutFiles: readonly string[] | null;
  readonly heldOutFraction: number;
  readonly heldOutSize: number | null;
  readonly maxRecords: number | null;
  readonly duplicates: Duplicates | FormerDuplicates;
  readonly skipBadRows: boolean;
}

export interface TrainingData<R extends DataRecord> {
  readonly train: readonly R[];
  readonly heldOut: readonly R[];
}

async function readFiles(files: readonly string[], role: string, data: DataConfig, emit: Emit): Promise<DataRecord[]> {
  const all: DataRecord[] = [];
  for (const file of files) {
    const room = data.maxRecords === null ? undefined : data.maxRecords - all.length;
    if (room === 0) break;
    const loaded = await loadDataset(file, {
      columns: data.columns as never,
      skipBadRows: data.skipBadRows,
      ...(room === undefined ? {} : { maxRecords: room }),
    });
    emit.input({
      role,
      path: file,
      sha256: loaded.contentHash,
      bytes: statSync(file).size,
      rows: loaded.records.length,
      detail: { format: { ...loaded.format }, skipped: loaded.skipped.length },
    });
    if (loaded.skipped.length > 0) emit.log('warning', `${file}: ${loaded.skipped.length} bad rows were skipped.`);
    all.push(...loaded.records);
  }
  return all;
}

function pick(records: readonly DataRecord[], indices: readonly number[]): DataRecord[] {
  return indices.map((index) => records[index] as DataRecord);
}

function isFormer(duplicates: DataConfig['duplicates']): duplicates is FormerDuplicates {
  return duplicates === 'former_remove' || duplicates === 'former_keep';
}

function formerSplit(records: readonly DataRecord[], data: DataConfig, seed: number, emit: Emit) {
  const duplicates = data.duplicates as FormerDuplicates;
  const parts = splitAsFormerly(records, { heldOutShare: data.heldOutFraction, seed, duplicates });
  if (parts === null) throw emptySplit(records.length);
  if (parts.removed > 0) {
    emit.log(
      'warning',
      `${parts.removed} of ${records.length} records were removed as near duplicates by the criterion of earlier ` +
        'versions, which treats rows with a long common text as the same (data.near_duplicates, since replaced by ' +
        'data.duplicates).',
    );
  }
  return parts;
}

/** Reports every removed record, and a split that is coarser than requested. */
function tellOfSplit({ removed, byExactPrompt }: DatasetSplit, count: number, emit: Emit): void {
  const exact = removed.filter(({ kind }) => kind === 'exact').length;
  const near = removed.length - exact;
  const setting = '(data.duplicates)';
  if (exact > 0) {
    emit.log('warning', `${exact} of ${count} records were removed as exact duplicates of another ${setting}.`);
  }
  if (near > 0) {
    emit.log('warning', `${near} of ${count} records were removed as near duplicates of another ${setting}.`);
  }
  if (byExactPrompt) {
    emit.log('warning', 'Many prompts are nearly equal, so only equal prompts were kept on one side of the split.');
  }
}

function split(records: readonly DataRecord[], data: DataConfig, seed: number, emit: Emit): TrainingData<DataRecord> {
  if (isFormer(data.duplicates)) {
    const { train, heldOut } = formerSplit(records, data, seed, emit);
    return { train: pick(records, train), heldOut: pick(records, heldOut) };
  }
  const { duplicates, heldOutFraction: heldOutShare } = data;
  const parts = splitDataset(records, { heldOutShare, seed, duplicates });
  tellOfSplit(parts, records.length, emit);
  return { train: pick(records, parts.train), heldOut: pick(records, parts.heldOut) };
}

/** Indices of training records to remove because their prompt is held out, and a description of the reason. */
function overlapOf(train: readonly DataRecord[], heldOut: readonly DataRecord[], data: DataConfig) {
  if (isFormer(data.duplicates)) {
    const former = findFormerOverlap(train, heldOut);
    const how = 'nearly share a prompt with a held-out record';
    return data.duplicates === 'former_keep' ? { out: [], stay: former, how } : { out: former, stay: [], how };
  }
  const { exact, near } = findOverlap(train, heldOut);
  const how =
    near.length > 0 ? 'share or nearly share a prompt with a held-out record' : 'share a prompt with a held-out record';
  if (data.duplicates === 'keep') return { out: [], stay: [...exact, ...near], how };
  if (data.duplicates === 'remove_exact') return { out: exact, stay: near, how };
  return { out: [...exact, ...near], stay: [], how };
}

/** Removes training records whose prompt is also in the held-out files. */
function withoutOverlap(
  train: readonly DataRecord[],
  heldOut: readonly DataRecord[],
  data: DataConfig,
  emit: Emit,
): readonly DataRecord[] {
  const { out, stay, how } = overlapOf(train, heldOut, data);
  if (stay.length > 0) {
    emit.log(
      'warning',
      `${stay.length} training records ${how}; they were kept because data.duplicates is "${data.duplicates}".`,
    );
  }
  if (out.length === 0) return train;
  emit.log('warning', `${out.length} of ${train.length} training records ${how}; they were removed.`);
  if (out.length === train.length) throw nothingLeft();
  const gone = new Set(out);
  return train.filter((_, index) => !gone.has(index));
}

function nothingLeft(): KeelError {
  return new KeelError({
    code: 'dataset.empty_split',
    why: 'Every training record shares or nearly shares a prompt with a held-out record.',
    fix: 'Use other held-out files, or hold out a fraction of the data instead.',
  });
}

/** At most `size` records in a seeded order, so that a limit does not select from the first file only. */
function limit(records: readonly DataRecord[], size: number | null, seed: number): readonly DataRecord[] {
  if (size === null || records.length <= size) return records;
  return seededGenerator(seed, 'held-out').shuffle(records).slice(0, size);
}

/**
 * Loads, deduplicates and splits the data of a run, and reports the files read with their hashes.
 * Throws what {@link loadDataset} and {@link splitDataset} throw.
 */
export async function loadData(data: DataConfig, seed: number, emit: Emit): Promise<TrainingData<DataRecord>> {
  const records = await readFiles(data.files, 'data', data, emit);
  if (data.heldOutFiles) {
    const heldOut = await readFiles(data.heldOutFiles, 'held_out', data, emit);
    const { train } = split(records, { ...data, heldOutFraction: 0 }, seed, emit);
    return { train: withoutOverlap(train, heldOut, data, emit), heldOut: limit(heldOut, data.heldOutSize, seed) };
  }
  const { train, heldOut } = split(records, data, seed, emit);
  return { train, heldOut: limit(heldOut, data.heldOutSize, seed) };
}

function wrongKind(kind: string, wanted: string): KeelError {
  return new KeelError({
    code: 'dataset.wrong_type',
    why: `The dataset contains ${kind} records; this recipe needs ${wanted}.`,
    fix: 'Use another file, or map the columns under data.columns.',
  });
}

/** The prompts of all records that have one. */
export function promptsOf(records: readonly DataRecord[]): readonly Prompt[] {
  return records.map((record) => {
    if (record.kind === 'prompt') return record;
    if (record.prompt === null) throw wrongKind('language modeling', 'prompts');
    return { kind: 'prompt', prompt: record.prompt, origin: record.origin };
  });
}

/**
 * Texts to imitate: demonstrations as they are, the chosen side of comparisons, and the approved judgments. Reports how
 * many disapproved ones are skipped.
 */
export function demonstrationsOf(records: readonly DataRecord[], emit: Emit): readonly Demonstration[] {
  const disapproved = records.filter((record) => record.kind === 'judgment' && !record.label).length;
  if (disapproved > 0) {
    emit.log('warning', `${disapproved} of ${records.length} records were skipped because their label is false.`);
  }
  return records.flatMap((record): Demonstration[] => {
    if (record.kind === 'demonstration') return [record];
    const { origin } = record;
    if (record.kind === 'comparison') {
      return [{ kind: 'demonstration', prompt: record.prompt, completion: record.chosen, origin }];
    }
    if (record.kind === 'judgment') {
      return record.label
        ? [{ kind: 'demonstration', prompt: record.prompt, completion: record.completion, origin }]
        : [];
    }
    throw wrongKind('prompt-only', 'texts or completions to train on');
  });
}

/** Preference pairs; every other kind is rejected. */
export function comparisonsOf(records: readonly DataRecord[]): readonly Comparison[] {
  return records.map((record) => {
    if (record.kind === 'comparison') return record;
    throw wrongKind(record.kind, 'preference pairs (chosen and rejected)');
  });
}
