import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { type Fault, KeelError } from '#contract/errors.ts';
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
export function inputError(faults: readonly Fault[], total = faults.length): KeelError {
  const more = total > LISTED_FAULTS ? ` The first ${LISTED_FAULTS} are listed.` : '';
  return new KeelError({
    code: 'input_rows_bad',
    why: `${total} ${total === 1 ? 'row' : 'rows'} of the input cannot be used.${more}`,
    fix: 'Fix the rows listed and run the command again.',
    faults: faults.slice(0, LISTED_FAULTS),
  });
}

async function* linesOf(file: string): AsyncGenerator<{ line: number; value: unknown; fault?: string }> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const clean = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (clean.trim() === '') continue;
    try {
      yield { line, value: JSON.parse(clean) };
    } catch {
      yield { line, value: null, fault: 'is not valid JSON' };
    }
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
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new KeelError({
      code: 'input_unreadable',
      why: `The input ${input.file} could not be read (${code}).`,
      fix: 'Specify the path of a JSON Lines file.',
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
  if (faults.length > 0) throw inputError(faults, faults.length);
  return rows;
}
