import { type Fault, KeelError } from '#contract/errors.ts';
import { turnText } from '../message-text.ts';
import type { DataRecord, Message } from '../records.ts';
import { contentHash, datasetChanged } from './content-hash.ts';
import type { DatasetFormat } from './dataset-format.ts';
import type { RowFault } from './readers/raw-rows.ts';
import { type RecordOptions, readRecords } from './readers/read-records.ts';

export interface LoadOptions extends RecordOptions {
  /** Skip rows that cannot be used. Default false: the first load reports what is wrong. */
  readonly skipBadRows?: boolean;
  /** Use at most this many good rows, from the start of the file. */
  readonly maxRecords?: number;
  /** Called with the names of a row's columns that have a value and are not used. */
  readonly onUnused?: (line: number, columns: readonly string[]) => void;
  /** Maximum number of characters of text held in memory. Default 1 billion. */
  readonly maxCharacters?: number;
}

export interface LoadedDataset {
  readonly file: string;
  readonly format: DatasetFormat;
  readonly records: readonly DataRecord[];
  /** SHA-256 of the file's bytes. */
  readonly contentHash: string;
  readonly skipped: readonly RowFault[];
}

const MAX_FAULTS_NAMED = 20;
const DEFAULT_MAX_CHARACTERS = 1e9;

function namedFaults(faults: readonly RowFault[]): Fault[] {
  return faults.slice(0, MAX_FAULTS_NAMED).map(({ line, why }) => ({ where: `line ${line}`, why }));
}

/** A reader's reason continues "the row"; a tokenizer's is a sentence. */
export const rowWords = ({ why }: RowFault) => (/^\p{Lu}/u.test(why) ? why.replace(/\.$/, '') : `the row ${why}`);

/** The error for rows of a file that cannot be used. @param more whether there may be more than `faults`. */
export function badRows(file: string, faults: readonly RowFault[], more: boolean): KeelError {
  const first = faults[0] as RowFault;
  return new KeelError({
    code: 'dataset.bad_rows',
    why: `${file}, line ${first.line}: ${rowWords(first)}${faults.length > 1 ? ` (and ${more ? 'more than ' : ''}${faults.length - 1} more bad rows)` : ''}.`,
    fix: 'Fix these rows, or allow Keel to skip them (skip_bad_rows: true).',
    faults: namedFaults(faults),
  });
}

/** Number of characters of a record's texts. */
export function charactersOf(record: DataRecord): number {
  return Object.values(record).reduce((sum: number, value: unknown) => {
    if (typeof value === 'string') return sum + value.length;
    if (!Array.isArray(value)) return sum;
    return value.reduce((inner: number, turn: Message) => inner + turnText(turn).length, sum);
  }, 0);
}

function tooLarge(file: string): KeelError {
  return new KeelError({
    code: 'dataset.too_large',
    why: `${file} contains more text than Keel keeps in memory for training.`,
    fix: 'Split the file, and train on a part of it.',
  });
}

/**
 * Loads a dataset for training. All or nothing: a bad row is an error unless skipping is allowed.
 * Throws `dataset.bad_rows`, `.changed`, `.too_large`, `.empty` and whatever {@link readRecords} throws.
 */
export async function loadDataset(file: string, options: LoadOptions = {}): Promise<LoadedDataset> {
  const hash = await contentHash(file, options.signal);
  const { format, items } = await readRecords(file, options);
  const records: DataRecord[] = [];
  const faults: RowFault[] = [];
  let characters = 0;
  for await (const item of items) {
    if (records.length >= (options.maxRecords ?? Number.POSITIVE_INFINITY)) break;
    if ('fault' in item) {
      faults.push(item.fault);
      if (!options.skipBadRows && faults.length > 1000) break;
      continue;
    }
    characters += charactersOf(item.record);
    if (characters > (options.maxCharacters ?? DEFAULT_MAX_CHARACTERS)) throw tooLarge(file);
    records.push(item.record);
    if (item.unused.length > 0) options.onUnused?.(item.record.origin.line, item.unused);
  }
  if (faults.length > 0 && !options.skipBadRows) throw badRows(file, faults, faults.length > 1000);
  // A file that was rewritten while being read matches neither the old nor the new version.
  if ((await contentHash(file, options.signal)) !== hash) throw datasetChanged(file);
  if (records.length === 0) throw emptyDataset(file, faults);
  return { file, format, records, contentHash: hash, skipped: faults };
}

function emptyDataset(file: string, faults: readonly RowFault[]): KeelError {
  const first = faults[0];
  const more = faults.length > 1 ? `, and ${faults.length - 1} more bad rows` : '';
  return new KeelError({
    code: 'dataset.empty',
    why: `${file} contains no usable rows${first ? ` (line ${first.line}: ${rowWords(first)}${more})` : ''}.`,
    fix: first ? 'Fix these rows, or map the columns under data.columns.' : 'Use a file with rows.',
    faults: namedFaults(faults),
  });
}
