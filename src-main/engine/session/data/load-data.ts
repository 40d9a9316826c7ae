import { statSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { findOverlap } from '../../dataset/duplicates/find-overlap.ts';
import { findFormerOverlap } from '../../dataset/former-duplicates/former-overlap.ts';
import { type FormerDuplicates, splitAsFormerly } from '../../dataset/former-duplicates/former-split.ts';
import { loadDataset } from '../../dataset/load-dataset.ts';
import { type Duplicates, emptySplit, splitDataset } from '../../dataset/split-dataset.ts';
import type { DataRecord } from '../../records.ts';
import { seededGenerator } from '../../runtime/host-random.ts';
import type { Emit } from '../context.ts';
import { LedgerTally, placeOf } from './ledger-tally.ts';

/** The config fields that specify the source of the records. */
export interface DataConfig {
  readonly files: readonly string[];
  readonly columns: Readonly<Record<string, string | undefined>>;
  readonly heldOutFiles: readonly string[] | null;
  readonly heldOutFraction: number;
  readonly heldOutSize: number | null;
  readonly maxRecords: number | null;
  readonly duplicates: Duplicates | FormerDuplicates;
  readonly rowSelection: 'trainable' | 'former';
  readonly skipBadRows: boolean;
}

/** Records of both parts, and what has become of the other rows. */
export interface TrainingData {
  readonly train: readonly DataRecord[];
  readonly heldOut: readonly DataRecord[];
  readonly ledger: LedgerTally;
}

type Role = 'data' | 'held_out';

/** What the parts of a load share. */
interface Loading {
  readonly data: DataConfig;
  readonly seed: number;
  readonly emit: Pick<Emit, 'input'>;
  readonly ledger: LedgerTally;
}

/** Earlier versions read only the first records, of the held-out files as well. */
function roomFor(data: DataConfig, read: number): number | undefined {
  return data.rowSelection === 'former' && data.maxRecords !== null ? data.maxRecords - read : undefined;
}

async function readFiles(files: readonly string[], role: Role, { data, emit, ledger }: Loading): Promise<DataRecord[]> {
  const all: DataRecord[] = [];
  for (const file of files) {
    const room = roomFor(data, all.length);
    if (room === 0) break;
    const loaded = await loadDataset(file, {
      columns: data.columns as never,
      skipBadRows: data.skipBadRows,
      asFormerly: data.rowSelection === 'former',
      onUnused: (line, columns) => {
        for (const column of columns) ledger.notice('unused_column', [{ file, line }], 1, column);
      },
      ...(room === undefined ? {} : { maxRecords: room }),
    });
    const { records, skipped } = loaded;
    emit.input({
      role,
      path: file,
      sha256: loaded.contentHash,
      bytes: statSync(file).size,
      rows: records.length,
      detail: { format: { ...loaded.format }, skipped: skipped.length },
    });
    ledger.read(role, file, records.length + skipped.length);
    ledger.leaveOut(
      'bad_row',
      skipped.map(({ line, why }) => ({ file, line, why })),
    );
    for (const record of records) all.push(record);
  }
  return all;
}

function pick(records: readonly DataRecord[], indices: readonly number[]): readonly DataRecord[] {
  return indices.map((index) => records[index] as DataRecord);
}

function without(records: readonly DataRecord[], indices: readonly number[]): readonly DataRecord[] {
  if (indices.length === 0) return records;
  const gone = new Set(indices);
  return records.filter((_, index) => !gone.has(index));
}

function isFormer(duplicates: DataConfig['duplicates']): duplicates is FormerDuplicates {
  return duplicates === 'former_remove' || duplicates === 'former_keep';
}

interface Parts {
  readonly train: readonly DataRecord[];
  readonly heldOut: readonly DataRecord[];
}

function formerSplit(records: readonly DataRecord[], heldOutShare: number, { data, seed, ledger }: Loading): Parts {
  const duplicates = data.duplicates as FormerDuplicates;
  const parts = splitAsFormerly(records, { heldOutShare, seed, duplicates });
  if (parts === null) throw emptySplit(records.length);
  const kept = [...parts.train, ...parts.heldOut];
  ledger.leaveOut('former_repeat', without(records, kept).map(placeOf));
  return { train: pick(records, parts.train), heldOut: pick(records, parts.heldOut) };
}

/** How near duplicates are found. */
const comparingOf = ({ rowSelection }: DataConfig) => ({ countsIndentation: rowSelection !== 'former' });

/** Removes duplicates and splits the rest; a split that is coarser than requested is noted. */
function split(records: readonly DataRecord[], heldOutShare: number, loading: Loading): Parts {
  const { data, seed, ledger } = loading;
  const { duplicates } = data;
  if (isFormer(duplicates)) return formerSplit(records, heldOutShare, loading);
  const parts = splitDataset(records, { heldOutShare, seed, duplicates, ...comparingOf(data) });
  for (const kind of ['exact', 'near'] as const) {
    const places = parts.removed
      .filter((repeat) => repeat.kind === kind)
      .sort((a, b) => a.index - b.index)
      .map(({ index, duplicateOf }) => {
        return { ...placeOf(records[index]!), repeats: placeOf(records[duplicateOf]!) };
      });
    ledger.leaveOut(`${kind}_repeat`, places);
  }
  if (parts.byExactPrompt) ledger.notice('split_by_exact_prompt', []);
  return { train: pick(records, parts.train), heldOut: pick(records, parts.heldOut) };
}

/** Indices of training records whose prompt is held out: those to remove, and those to keep all the same. */
function overlapOf(train: readonly DataRecord[], heldOut: readonly DataRecord[], data: DataConfig) {
  if (isFormer(data.duplicates)) {
    const former = findFormerOverlap(train, heldOut);
    return data.duplicates === 'former_keep' ? { out: [], stay: former } : { out: former, stay: [] };
  }
  const { exact, near } = findOverlap(train, heldOut, comparingOf(data));
  if (data.duplicates === 'keep') return { out: [], stay: [...exact, ...near] };
  if (data.duplicates === 'remove_exact') return { out: exact, stay: near };
  return { out: [...exact, ...near], stay: [] };
}

function nothingLeft(): KeelError {
  return new KeelError({
    code: 'dataset.empty_split',
    why: 'Every training record shares or nearly shares a prompt with a held-out record.',
    fix:
      'Use held-out files with other prompts, or train without an evaluation: set data.held_out_files to null and ' +
      'data.held_out_fraction to 0.',
  });
}

/** Removes training records whose prompt is also in the held-out files. */
function withoutOverlap({ train, heldOut }: Parts, { data, ledger }: Loading): readonly DataRecord[] {
  const { out, stay } = overlapOf(train, heldOut, data);
  const inOrder = (indices: readonly number[]) => [...indices].sort((a, b) => a - b);
  if (stay.length > 0) ledger.notice('kept_held_out_prompt', pick(train, inOrder(stay)).map(placeOf));
  ledger.leaveOut('held_out_prompt', pick(train, inOrder(out)).map(placeOf));
  if (out.length > 0 && out.length === train.length) throw nothingLeft();
  return without(train, out);
}

/** At most `heldOutSize` records in a seeded order, so that a limit does not select from the first file only. */
function limitHeldOut(records: readonly DataRecord[], { data, seed, ledger }: Loading): readonly DataRecord[] {
  const size = data.heldOutSize;
  if (size === null || records.length <= size) return records;
  const kept = seededGenerator(seed, 'held-out').shuffle(records).slice(0, size);
  const isKept = new Set(kept);
  ledger.leaveOut('held_out_size', records.filter((record) => !isKept.has(record)).map(placeOf));
  return kept;
}

/** At most `maxRecords` records for training, the first ones of the files. */
function limitTraining(records: readonly DataRecord[], { data, ledger }: Loading): readonly DataRecord[] {
  const size = data.maxRecords;
  if (size === null || data.rowSelection === 'former') return records;
  ledger.leaveOut('max_records', records.slice(size).map(placeOf));
  return records.slice(0, size);
}

/**
 * Loads, deduplicates and splits the data of a run, and reports the files read with their hashes.
 * Throws what {@link loadDataset} and {@link splitDataset} throw.
 */
export async function loadData(data: DataConfig, seed: number, emit: Pick<Emit, 'input'>): Promise<TrainingData> {
  const ledger = new LedgerTally();
  const loading = { data, seed, emit, ledger };
  const records = await readFiles(data.files, 'data', loading);
  const heldOutFile = data.heldOutFiles ? await readFiles(data.heldOutFiles, 'held_out', loading) : null;
  const parts = split(records, heldOutFile ? 0 : data.heldOutFraction, loading);
  const heldOut = heldOutFile ?? parts.heldOut;
  const train = heldOutFile ? withoutOverlap({ train: parts.train, heldOut }, loading) : parts.train;
  return { train: limitTraining(train, loading), heldOut: limitHeldOut(heldOut, loading), ledger };
}
