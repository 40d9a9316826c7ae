import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { ColumnMapping } from '../../dataset/dataset-format.ts';
import { charactersOf, rowWords } from '../../dataset/load-dataset.ts';
import { fileBytes } from '../../dataset/readers/open-bytes.ts';
import type { RowFault } from '../../dataset/readers/raw-rows.ts';
import { readRecords } from '../../dataset/readers/read-records.ts';
import type { DataRecord } from '../../records.ts';
import type { Progress } from '../context.ts';
import { type FaultList, shownPath } from './fault-list.ts';

/** Rows of one file that are named one by one. */
const ROWS_NAMED = 20;
const PROGRESS_ROWS = 500;

/** A dataset file of a config. */
export interface DataFile {
  /** Path of the field: `data.files[0]`. */
  readonly where: string;
  readonly file: string;
}

export interface FileReading {
  readonly columns: ColumnMapping;
  readonly skipBadRows: boolean;
  /** Maximum number of records read from the file. */
  readonly maxRecords: number;
  /** Maximum number of characters of text that are kept of the file. */
  readonly maxCharacters: number;
  /** Throws the error of a recipe that cannot use records of this type. */
  readonly requireKind: (record: DataRecord) => void;
  /** Whether there is time left. */
  readonly goesOn: () => boolean;
  readonly progress: (progress: Progress) => void;
}

export interface FileRead {
  /** Number of usable rows that were read. */
  readonly count: number;
  /** False if the time was up first. */
  readonly isWhole: boolean;
  /** The first records. */
  readonly records: readonly DataRecord[];
  /** Number of their characters. */
  readonly characters: number;
}

const NOTHING: FileRead = { count: 0, isWhole: true, records: [], characters: 0 };

const SKIP = 'Correct the row, or set data.skip_bad_rows: true to leave such rows out.';

function addRowFaults(faults: FaultList, { where, file }: DataFile, bad: readonly RowFault[]): void {
  const [code, at] = ['dataset.bad_rows', `${where}, ${basename(file)}`];
  for (const fault of bad.slice(0, ROWS_NAMED))
    faults.add({ where: `${at}:${fault.line}`, why: rowWords(fault), fix: SKIP, code });
  const more = bad.length - ROWS_NAMED;
  if (more > 0) faults.add({ where: at, why: `${more} more rows have problems`, fix: SKIP, code });
}

function emptyFile(file: string): KeelError {
  return new KeelError({
    code: 'dataset.empty',
    why: `${file} contains no usable rows.`,
    fix: 'Look at the reasons with `keel dataset check`.',
  });
}

/** The rows of a file, good and bad, up to the limit or until the time is up. */
async function readRows(faults: FaultList, place: DataFile, reading: FileReading): Promise<FileRead> {
  const { columns, skipBadRows, maxRecords, maxCharacters, goesOn, requireKind } = reading;
  const { file } = place;
  const bytes = fileBytes(file);
  const tell = (done: number) =>
    reading.progress({ phase: `checking ${basename(file)}`, done, total: bytes, unit: 'bytes' });
  let bytesRead = 0;
  const onBytes = (read: number) => {
    bytesRead = read;
  };
  const { items } = await readRecords(file, { columns, onBytes });
  const bad: RowFault[] = [];
  const records: DataRecord[] = [];
  let [count, seen, characters, isWhole] = [0, 0, 0, true];
  for await (const item of items) {
    if (count >= maxRecords) break;
    if (++seen % PROGRESS_ROWS === 0) tell(bytesRead);
    isWhole = goesOn();
    if (!isWhole) break;
    if ('fault' in item) {
      bad.push(item.fault);
      continue;
    }
    if (count++ === 0) requireKind(item.record);
    characters += charactersOf(item.record);
    if (characters <= maxCharacters) records.push(item.record);
  }
  tell(bytes);
  if (!skipBadRows) addRowFaults(faults, place, bad);
  // A file of which no row was reached in time is not empty.
  if (isWhole && count === 0 && (skipBadRows || bad.length === 0)) throw emptyFile(file);
  return { count, isWhole, records, characters };
}

/** Whether there is something with a file's name; if not, that is a fault. */
function exists(faults: FaultList, { where, file }: DataFile): boolean {
  if (existsSync(file)) return true;
  faults.add({
    where,
    why: `the file ${shownPath(file)} does not exist`,
    fix: 'Set the path of a data file; a relative path starts at the folder of the config.',
    code: 'dataset.missing_file',
  });
  return false;
}

/** Checks one file: that it exists, its format and columns, the type of its records, and its rows. */
export async function checkFile(faults: FaultList, file: DataFile, reading: FileReading): Promise<FileRead> {
  if (!exists(faults, file)) return NOTHING;
  try {
    return await readRows(faults, file, reading);
  } catch (error) {
    faults.addError(file.where, error);
    return NOTHING;
  }
}
