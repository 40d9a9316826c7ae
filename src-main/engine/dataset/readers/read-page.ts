import type { DatasetRow, RowsPage } from '#contract/api/library/dataset-library.ts';
import { KeelError } from '#contract/errors.ts';
import { turnText } from '../../message-text.ts';
import type { DataRecord, Text } from '../../records.ts';
import { rowsOrFault, toExample } from '../checks/show-record.ts';
import type { RowMaker } from '../checks/token-tally.ts';
import type { ColumnMapping, DatasetFormat } from '../dataset-format.ts';
import { detectFormat } from '../detect-type.ts';
import { toRecord } from '../to-record.ts';
import { DEFAULT_LIMITS, type RawItem, type RawRow, type ReadOptions } from './raw-rows.ts';
import { readRows } from './read-rows.ts';

export interface PageOptions {
  /** Index of the first row among all rows, bad ones included, or the line where it starts. */
  readonly from: { readonly index: number } | { readonly line: number };
  readonly count: number;
  readonly columns?: ColumnMapping;
  /** Makes the token rows; without it, none are shown. */
  readonly maker?: RowMaker;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

const MOST_CHARACTERS = 20_000;
const COLUMN_ROWS = 100;

/** Never split a surrogate pair. */
function cutAt(text: string, length: number): number {
  const code = text.charCodeAt(length - 1);
  return code >= 0xd800 && code < 0xdc00 ? length - 1 : length;
}

function clip(text: string): { readonly text: string; readonly cut: number } {
  if (text.length <= MOST_CHARACTERS) return { text, cut: 0 };
  const end = cutAt(text, MOST_CHARACTERS);
  return { text: text.slice(0, end), cut: text.length - end };
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  return (
    JSON.stringify(value, (_key, inner) => (inner instanceof Uint8Array ? `(${inner.length} bytes)` : inner)) ?? ''
  );
}

function turnsOf(part: string, text: Text | null): DatasetRow['turns'] {
  if (text === null) return [];
  if (typeof text === 'string') return [{ part, role: null, text: clip(text).text }];
  return text.map((turn) => ({ part, role: turn.role, text: clip(turnText(turn)).text }));
}

function turnsOfRecord(record: DataRecord): DatasetRow['turns'] {
  switch (record.kind) {
    case 'prompt':
      return turnsOf('prompt', record.prompt);
    case 'demonstration':
      return [
        ...turnsOf('prompt', record.prompt),
        ...turnsOf(record.prompt === null ? 'text' : 'completion', record.completion),
      ];
    case 'judgment': {
      const label = record.label ? 'completion, liked' : 'completion, disliked';
      return [...turnsOf('prompt', record.prompt), ...turnsOf(label, record.completion)];
    }
    default: {
      const { prompt, chosen, rejected } = record;
      return [...turnsOf('prompt', prompt), ...turnsOf('chosen', chosen), ...turnsOf('rejected', rejected)];
    }
  }
}

function toRow(item: RawItem, index: number, file: string, format: DatasetFormat | null, maker?: RowMaker): DatasetRow {
  if ('fault' in item) {
    const { line, reason, why } = item.fault;
    return { index, line, fields: [], fault: { reason, why }, turns: [], tokens: [] };
  }
  const { line } = item.row;
  const fields = [...item.row.fields].map(([name, value]) => ({ name, ...clip(fieldText(value)) }));
  const plain = { index, line, fields, fault: null, turns: [], tokens: [] };
  if (format === null) return plain;
  const read = toRecord(item.row, format, file);
  if ('fault' in read) return { ...plain, fault: { reason: read.fault.reason, why: read.fault.why } };
  const turns = turnsOfRecord(read.record);
  if (maker === undefined) return { ...plain, turns };
  const rows = rowsOrFault(read.record, maker);
  if ('reason' in rows) return { ...plain, turns, fault: { reason: rows.reason, why: rows.why } };
  return { ...plain, turns, tokens: rows.map((row) => toExample(line, row, maker)) };
}

async function columnNames(file: string, reading: ReadOptions): Promise<string[]> {
  const names = new Set<string>();
  let seen = 0;
  for await (const item of readRows(file, reading)) {
    if ('row' in item) for (const name of (item.row as RawRow).fields.keys()) names.add(name);
    seen += 1;
    if (seen >= COLUMN_ROWS) break;
  }
  return [...names].slice(0, 200);
}

/** Format errors that leave the rows readable. */
const FORMAT_CODES: ReadonlySet<string> = new Set(['dataset.unknown_columns', 'dataset.missing_column']);

async function formatOrProblem(file: string, columns: ColumnMapping, reading: ReadOptions) {
  try {
    return { format: await detectFormat(file, columns, reading), problem: null };
  } catch (error) {
    if (!(error instanceof KeelError) || !FORMAT_CODES.has(error.code)) throw error;
    const { code, why, fix, kind } = error.toShape();
    return { format: null, problem: { code, why, fix, kind } };
  }
}

/**
 * Some rows of a file from any position: the file is read up to them with bounded memory. Throws what reading a dataset
 * throws; columns that match no type are reported as the page's `problem`.
 */
export async function readPage(file: string, options: PageOptions): Promise<RowsPage> {
  const { from, count, columns = {}, maker, signal, onBytes } = options;
  const reading: ReadOptions = { limits: DEFAULT_LIMITS, ...(signal && { signal }) };
  const names = await columnNames(file, reading);
  const { format, problem } = await formatOrProblem(file, columns, reading);
  const rows: DatasetRow[] = [];
  let index = 0;
  let isLast = true;
  for await (const item of readRows(file, { ...reading, ...(onBytes && { onBytes }) })) {
    const line = 'fault' in item ? item.fault.line : item.row.line;
    const isWanted = 'index' in from ? index >= from.index : line >= from.line;
    if (isWanted && rows.length === count) {
      isLast = false;
      break;
    }
    if (isWanted) rows.push(toRow(item, index, file, format, maker));
    index += 1;
  }
  return {
    columns: names,
    format: format && { ...format, columns: { ...format.columns } as Record<string, string> },
    problem,
    rows,
    isLast,
  };
}
