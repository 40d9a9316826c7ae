import type { z } from 'zod';
import { type Fault, KeelError } from '#contract/errors.ts';
import { openCell } from '../dataset/cell-json.ts';
import { fileKindOf, isDataFile } from '../dataset/readers/file-kind.ts';
import { DEFAULT_LIMITS, type RawItem, type RawRow } from '../dataset/readers/raw-rows.ts';
import { readJsonl } from '../dataset/readers/read-jsonl.ts';
import { readRows } from '../dataset/readers/read-rows.ts';
import type { JobOf } from '../protocol.ts';

type JobInput = JobOf<'score'>['input'];

/** A row and its line number, counted from 1. */
export interface InputRow<Row> {
  readonly line: number;
  readonly row: Row;
}

/** Errors beyond this number are counted, not listed. */
const LISTED_FAULTS = 20;

/** One error for all rows that cannot be used. */
export function inputError(faults: readonly Fault[]): KeelError {
  const total = faults.length;
  const more = total > LISTED_FAULTS ? ` The first ${LISTED_FAULTS} are listed.` : '';
  return new KeelError({
    code: 'input_rows_bad',
    why: `${total} ${total === 1 ? 'row' : 'rows'} of the input cannot be used.${more}`,
    fix: 'Fix the rows listed and run the command again.',
    faults: faults.slice(0, LISTED_FAULTS),
  });
}

/**
 * Rows of a file of any kind that datasets may have; one with another extension is read as JSON Lines, and so is a text
 * file, whose lines have no keys.
 */
function rowsOf(file: string): AsyncGenerator<RawItem> {
  const options = { limits: DEFAULT_LIMITS };
  return isDataFile(file) && fileKindOf(file) !== 'txt' ? readRows(file, options) : readJsonl(file, options);
}

/** Fields of a row; a conversation may stand in a cell as JSON text, as in datasets. */
function rowOf({ fields }: RawRow): { readonly value: unknown; readonly fault?: string } {
  const row: [string, unknown][] = [];
  for (const [name, stored] of fields) {
    const cell = name === 'prompt' || name === 'messages' ? openCell(name, stored) : { value: stored };
    if ('why' in cell) return { value: null, fault: cell.why };
    row.push([name, cell.value]);
  }
  return { value: Object.fromEntries(row) };
}

async function* linesOf(file: string): AsyncGenerator<{ line: number; value: unknown; fault?: string }> {
  for await (const item of rowsOf(file)) {
    if ('fault' in item) yield { line: item.fault.line, value: null, fault: item.fault.why };
    else yield { line: item.row.line, ...rowOf(item.row) };
  }
}

async function* itemsOf(input: JobInput): AsyncGenerator<{ line: number; value: unknown; fault?: string }> {
  if ('rows' in input) {
    for (const [index, value] of input.rows.entries()) yield { line: index + 1, value };
    return;
  }
  try {
    yield* linesOf(input.file);
  } catch (cause) {
    if (cause instanceof KeelError && cause.code !== 'dataset.missing_file') throw cause;
    const why = cause instanceof KeelError ? cause.why : ((cause as NodeJS.ErrnoException).code ?? String(cause));
    throw new KeelError({
      code: 'input_unreadable',
      why: `The input ${input.file} could not be read (${why}).`,
      fix: 'Specify the path of a JSON Lines file, or of another file that Keel reads as a dataset.',
      cause,
    });
  }
}

/**
 * Every row of a short job's input. Throws `input_rows_bad` with all rows that do not fit the schema, by line, and
 * `input_unreadable`.
 */
export async function readInput<Row>(input: JobInput, schema: z.ZodType<Row>): Promise<InputRow<Row>[]> {
  const rows: InputRow<Row>[] = [];
  const faults: Fault[] = [];
  for await (const { line, value, fault } of itemsOf(input)) {
    const parsed = schema.safeParse(value);
    if (fault) faults.push({ where: `line ${line}`, why: fault });
    else if (parsed.success) rows.push({ line, row: parsed.data });
    else faults.push({ where: `line ${line}`, why: parsed.error.issues.map((issue) => issue.message).join('; ') });
  }
  if (faults.length > 0) throw inputError(faults);
  return rows;
}
