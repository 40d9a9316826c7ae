import { createWriteStream, type WriteStream } from 'node:fs';
import { canceled, KeelError } from '#contract/errors.ts';
import type { ColumnMapping } from './dataset-format.ts';
import { detectFormat } from './detect-type.ts';
import { DEFAULT_LIMITS, type RawItem, type RawRow, shownName } from './readers/raw-rows.ts';
import { readRows } from './readers/read-rows.ts';
import { toRecord } from './to-record.ts';

/** New texts for columns of one row; `index` counts all rows of the file, including bad ones, from 0. */
interface RowEdit {
  readonly index: number;
  readonly fields: Readonly<Record<string, string>>;
}

interface RowChanges {
  readonly edits: readonly RowEdit[];
  /** Indexes of the rows to leave out. */
  readonly excluded: readonly number[];
  /** Also leaves out every row that cannot be used. */
  readonly excludesUnusable: boolean;
}

interface ChangedRows {
  /** Rows written. */
  readonly rows: number;
  readonly excluded: number;
  readonly edited: number;
}

interface ChangeOptions {
  readonly columns?: ColumnMapping;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

function badEdit(index: number, why: string): KeelError {
  return new KeelError({
    code: 'dataset.bad_edit',
    why: `Row ${index + 1} cannot be changed: ${why}.`,
    fix: 'Correct this row. Nothing was written.',
  });
}

function unreadable({ line, why }: { readonly line: number; readonly why: string }): KeelError {
  return new KeelError({
    code: 'dataset.unreadable_row',
    why: `The row in line ${line} ${why}, so it cannot be copied to a new version.`,
    fix: 'Exclude it, or exclude all rows that cannot be used. Nothing was written.',
  });
}

/** A column's new value: text stays text, everything else is read as JSON. */
function editedValue(index: number, row: RawRow, name: string, text: string): unknown {
  if (!row.fields.has(name)) throw badEdit(index, `it has no column ${shownName(name)}`);
  if (typeof row.fields.get(name) === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    throw badEdit(index, `the column ${shownName(name)} does not hold text, and its new value is not JSON`);
  }
}

/** JSON has no bytes. Everything else that readers give is written so that it is read back as it was. */
function writeValue(name: string, value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner) => {
    if (!(inner instanceof Uint8Array)) return inner;
    throw new KeelError({
      code: 'dataset.bytes_column',
      why: `The column ${shownName(name)} holds bytes, which a JSON Lines file cannot.`,
      fix: 'Change the rows in the program that made the file, without this column. Nothing was written.',
    });
  });
}

/** One line of JSON; column names are never used as property names. */
function lineOf(index: number, row: RawRow, edit: RowEdit | undefined): string {
  const changed = new Map(row.fields);
  for (const [name, text] of Object.entries(edit?.fields ?? {})) changed.set(name, editedValue(index, row, name, text));
  return `{${[...changed].map(([name, value]) => `${JSON.stringify(name)}: ${writeValue(name, value)}`).join(', ')}}\n`;
}

/** Every line of the new version. */
async function* changedLines(
  file: string,
  changes: RowChanges,
  options: ChangeOptions,
  count: { excluded: number },
): AsyncGenerator<string> {
  const { columns = {}, signal, onBytes } = options;
  const reading = { limits: DEFAULT_LIMITS, ...(signal && { signal }), ...(onBytes && { onBytes }) };
  const format = changes.excludesUnusable ? await detectFormat(file, columns, { limits: DEFAULT_LIMITS }) : null;
  const excluded = new Set(changes.excluded);
  const edits = new Map(changes.edits.map((edit) => [edit.index, edit]));
  const isUnusable = (item: RawItem) =>
    format !== null && ('fault' in item || 'fault' in toRecord(item.row, format, file));
  let index = 0;
  for await (const item of readRows(file, reading)) {
    const edit = edits.get(index);
    edits.delete(index);
    if (excluded.delete(index) || (!edit && isUnusable(item))) count.excluded += 1;
    else if ('fault' in item) throw unreadable(item.fault);
    else yield lineOf(index, item.row, edit);
    index += 1;
  }
  for (const beyond of [...edits.keys(), ...excluded]) throw badEdit(beyond, `the file has ${index} rows`);
}

const drained = (target: WriteStream) => new Promise<void>((resolve) => target.once('drain', () => resolve()));

/**
 * Writes the rows of a dataset with changes to a new JSON Lines file; memory does not grow with the file. Throws
 * `dataset.bad_edit`, `dataset.unreadable_row` for a row that cannot be copied and is not excluded,
 * `dataset.bytes_column`, `dataset.nothing_left`, `canceled`, and what reading a dataset throws.
 */
export async function changeRows(
  file: string,
  out: string,
  changes: RowChanges,
  options: ChangeOptions = {},
): Promise<ChangedRows> {
  const target = createWriteStream(out, { flush: true });
  const failure = new Promise<never>((_, reject) => target.once('error', reject));
  failure.catch(() => undefined);
  const count = { excluded: 0 };
  let rows = 0;
  try {
    for await (const line of changedLines(file, changes, options, count)) {
      if (options.signal?.aborted) throw canceled(`Changing ${file} was canceled.`);
      if (!target.write(line)) await Promise.race([drained(target), failure]);
      rows += 1;
    }
    if (rows === 0) {
      const why = 'With these changes no row is left.';
      throw new KeelError({ code: 'dataset.nothing_left', why, fix: 'Exclude fewer rows. Nothing was written.' });
    }
    await Promise.race([new Promise<void>((resolve) => target.end(() => resolve())), failure]);
  } catch (error) {
    target.destroy();
    throw error;
  }
  return { rows, excluded: count.excluded, edited: changes.edits.length };
}
