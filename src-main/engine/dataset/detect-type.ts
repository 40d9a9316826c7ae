import { KeelError } from '#contract/errors.ts';
import { openCell } from './cell-json.ts';
import { COLUMNS, type Column, type ColumnMapping, type DatasetFormat, type DatasetType } from './dataset-format.ts';
import { findLayout } from './messages/layouts.ts';
import { isRawDialog } from './raw-dialogs.ts';
import { fileKindOf } from './readers/file-kind.ts';
import { isGzip } from './readers/open-bytes.ts';
import { type RawRow, type ReadOptions, type RowFault, shownName } from './readers/raw-rows.ts';
import { rowListKey } from './readers/read-json.ts';
import { readRows } from './readers/read-rows.ts';

const SAMPLE_ROWS = 100;
const MAX_FAULTS_NAMED = 20;

interface Signature {
  readonly type: DatasetType;
  readonly columns: readonly Column[];
}

/** From most to least specific: the first whose columns are all present applies. */
const SIGNATURES: readonly Signature[] = [
  { type: 'preference', columns: ['prompt', 'chosen', 'rejected'] },
  { type: 'preference_implicit_prompt', columns: ['chosen', 'rejected'] },
  { type: 'unpaired_preference', columns: ['prompt', 'completion', 'label'] },
  { type: 'prompt_completion', columns: ['prompt', 'completion'] },
  { type: 'language_modeling', columns: ['messages'] },
  { type: 'language_modeling', columns: ['text'] },
  { type: 'prompt_only', columns: ['prompt'] },
];

function nameOf(column: Column, mapping: ColumnMapping): string {
  return mapping[column] ?? column;
}

const LISTED = 20;

/** The columns of a file for a message. */
function listed(names: ReadonlySet<string>): string {
  const found = [...names].slice(0, LISTED).map(shownName);
  const more = names.size > LISTED ? ` and ${names.size - LISTED} more` : '';
  return found.join(', ') + more || '(none)';
}

function unknownColumns(path: string, names: ReadonlySet<string>): KeelError {
  return new KeelError({
    code: 'dataset.unknown_columns',
    why: `${path} has the columns ${listed(names)}, which match no dataset type.`,
    fix:
      'Map them in the config, for example columns: {prompt: question, completion: answer}, or use the names text, ' +
      'messages, prompt, completion, chosen, rejected, label.',
  });
}

function missingMapped(path: string, column: string, name: string, names: ReadonlySet<string>): KeelError {
  return new KeelError({
    code: 'dataset.missing_column',
    why:
      `The mapping assigns the column ${JSON.stringify(name)} to ${column}, but ${path} has no column of that name; it ` +
      `has ${listed(names)}.`,
    fix: `Set data.columns.${column} to one of these columns.`,
  });
}

/** Blanks around the names of a CSV file's header are not part of them; a mapping may have been written with them. */
function tidyMapping(mapping: ColumnMapping, names: ReadonlySet<string>): ColumnMapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([column, name]) => [column, names.has(name) ? name : name.trim()]),
  );
}

/** The format of sampled rows. Throws `dataset.unknown_columns` and `dataset.missing_column`. */
export function detectType(
  path: string,
  rows: readonly RawRow[],
  given: ColumnMapping,
  asFormerly = false,
): Omit<DatasetFormat, 'fileKind' | 'gzip'> {
  const names = new Set(rows.flatMap((row) => [...row.fields.keys()]));
  const mapping = tidyMapping(given, names);
  for (const [column, name] of Object.entries(mapping))
    if (!names.has(name)) throw missingMapped(path, column, name, names);
  const isThere = (column: Column) => names.has(nameOf(column, mapping));
  const found = SIGNATURES.find((signature) => signature.columns.every(isThere));
  const isTrl = found !== undefined && found.type !== 'preference_implicit_prompt';
  const layout = isTrl || asFormerly || Object.keys(given).length > 0 ? null : findLayout(names);
  if (layout !== null) return { type: layout.type, form: 'conversational', rawDialogs: false, columns: {}, layout };
  if (found === undefined) throw unknownColumns(path, names);
  const textColumn = found.columns.find((column) => column !== 'label') as Column;
  const values = rows.map((row) => row.fields.get(nameOf(textColumn, mapping)));
  const cells = values.map((value) => openCell(textColumn, value));
  // A list of messages that cannot be parsed is a list of messages all the same.
  const lists = cells.filter((cell) => 'why' in cell || Array.isArray(cell.value)).length;
  const rawDialogs = found.type === 'preference_implicit_prompt' && values.some((value) => isRawDialog(value));
  const used = COLUMNS.filter((column) => found.columns.includes(column));
  return {
    type: found.type,
    form: lists * 2 > values.length ? 'conversational' : 'standard',
    rawDialogs,
    columns: Object.fromEntries(used.map((column) => [column, nameOf(column, mapping)])),
  };
}

interface Sample {
  readonly rows: readonly RawRow[];
  /** The first rows that cannot be read. */
  readonly faults: readonly RowFault[];
}

async function sampleRows(path: string, options: ReadOptions): Promise<Sample> {
  const rows: RawRow[] = [];
  const faults: RowFault[] = [];
  let bad = 0;
  for await (const item of readRows(path, options)) {
    if ('row' in item) rows.push(item.row);
    else if (bad++ < MAX_FAULTS_NAMED) faults.push(item.fault);
    if (rows.length >= SAMPLE_ROWS || bad > 10_000) break;
  }
  return { rows, faults };
}

function noRows(path: string, faults: readonly RowFault[]): KeelError {
  const [first] = faults;
  if (first === undefined) {
    const why = `${path} contains no rows.`;
    return new KeelError({ code: 'dataset.empty', why, fix: 'Add rows to the file, or use another file.' });
  }
  return new KeelError({
    code: 'dataset.empty',
    why: `${path} contains no readable rows; line ${first.line}: the row ${first.why}.`,
    fix: 'Correct the rows named here, or use another file.',
    faults: faults.map(({ line, why }) => ({ where: `line ${line}`, why })),
  });
}

/**
 * Detects a file's format from its extension and its first rows.
 * Throws `dataset.empty`, `dataset.unknown_columns`, `dataset.missing_column` and whatever the readers throw.
 */
export async function detectFormat(
  path: string,
  mapping: ColumnMapping,
  options: ReadOptions & { readonly asFormerly?: boolean },
): Promise<DatasetFormat> {
  const fileKind = fileKindOf(path);
  const { rows, faults } = await sampleRows(path, options);
  if (rows.length === 0) throw noRows(path, faults);
  const rowsFrom = fileKind === 'json' ? await rowListKey(path, options) : null;
  const packing = { fileKind, gzip: await isGzip(path), ...(rowsFrom !== null && { rowsFrom }) };
  return { ...packing, ...detectType(path, rows, mapping, options.asFormerly) };
}
