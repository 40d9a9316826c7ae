import { statSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { findOverlap } from '../dataset/find-overlap.ts';
import { loadDataset } from '../dataset/load-dataset.ts';
import { splitDataset } from '../dataset/split-dataset.ts';
import type { Comparison, DataRecord, Demonstration, Prompt } from '../records.ts';
import { seededGenerator } from '../runtime/host-random.ts';
import type { Emit } from './context.ts';

/** The fields of a config that say where records come from. */
export interface DataConfig {
  readonly files: readonly string[];
  readonly columns: Readonly<Record<string, string | undefined>>;
  readonly heldOutFiles: readonly string[] | null;
  readonly heldOutFraction: number;
  readonly heldOutSize: number | null;
  readonly maxRecords: number | null;
  readonly nearDuplicates: 'remove' | 'keep';
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
    if (loaded.skipped.length > 0) emit.log('warning', `${file}: ${loaded.skipped.length} bad rows were left out.`);
    all.push(...loaded.records);
  }
  return all;
}

function pick(records: readonly DataRecord[], indices: readonly number[]): DataRecord[] {
  return indices.map((index) => records[index] as DataRecord);
}

function split(records: readonly DataRecord[], data: DataConfig, seed: number, emit: Emit): TrainingData<DataRecord> {
  if (data.heldOutFraction === 0 && data.nearDuplicates === 'keep') return { train: records, heldOut: [] };
  const { train, heldOut, removed } = splitDataset(records, { heldOutShare: data.heldOutFraction, seed });
  if (data.nearDuplicates === 'keep') {
    // Only those of a training record come back: one that repeats a held-out record would be seen in training.
    const kept = new Set(train);
    const back = removed.filter(({ duplicateOf }) => kept.has(duplicateOf)).map(({ index }) => index);
    return {
      train: pick(
        records,
        [...train, ...back].sort((a, b) => a - b),
      ),
      heldOut: pick(records, heldOut),
    };
  }
  if (removed.length > 0) emit.log('info', `${removed.length} near-duplicates were removed.`);
  return { train: pick(records, train), heldOut: pick(records, heldOut) };
}

/** Takes training records out whose prompt is in the held-out files too. */
function withoutOverlap(
  train: readonly DataRecord[],
  heldOut: readonly DataRecord[],
  data: DataConfig,
  emit: Emit,
): readonly DataRecord[] {
  const overlap = new Set(findOverlap(train, heldOut));
  if (overlap.size === 0) return train;
  const shared = `${overlap.size} training records nearly share a prompt with a held-out record`;
  if (data.nearDuplicates === 'keep') {
    emit.log('warning', `${shared}; they stay, as near_duplicates is "keep".`);
    return train;
  }
  emit.log('warning', `${shared}; they were left out.`);
  if (overlap.size === train.length) throw nothingLeft();
  return train.filter((_, index) => !overlap.has(index));
}

function nothingLeft(): KeelError {
  return new KeelError({
    code: 'dataset.empty_split',
    why: 'Every training record nearly shares a prompt with a held-out record.',
    fix: 'Give other held-out files, or hold out a fraction of the data instead.',
  });
}

/** At most `size` records in a seeded order, so that a limit does not take the first file's only. */
function limit(records: readonly DataRecord[], size: number | null, seed: number): readonly DataRecord[] {
  if (size === null || records.length <= size) return records;
  return seededGenerator(seed, 'held-out').shuffle(records).slice(0, size);
}

/**
 * Loads, de-duplicates and splits the data of a run, and tells what was read with its hash.
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
    why: `The data are ${kind} records; this recipe needs ${wanted}.`,
    fix: 'Use another file, or name the columns under data.columns.',
  });
}

/** Prompts of whatever records have one. */
export function promptsOf(records: readonly DataRecord[]): readonly Prompt[] {
  return records.map((record) => {
    if (record.kind === 'prompt') return record;
    if (record.prompt === null) throw wrongKind('language modeling', 'prompts');
    return { kind: 'prompt', prompt: record.prompt, origin: record.origin };
  });
}

/** Texts to imitate: demonstrations as they are, of a comparison its chosen side, of judgments the approved ones. */
export function demonstrationsOf(records: readonly DataRecord[]): readonly Demonstration[] {
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

/** Pairs; every other kind is refused. */
export function comparisonsOf(records: readonly DataRecord[]): readonly Comparison[] {
  return records.map((record) => {
    if (record.kind === 'comparison') return record;
    throw wrongKind(record.kind, 'preference pairs (chosen and rejected)');
  });
}
