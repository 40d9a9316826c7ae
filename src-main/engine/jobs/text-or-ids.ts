import { z } from 'zod';
import type { Fault } from '#contract/errors.ts';
import { type InputRow, inputError } from './read-input.ts';

/** `{"text": "…"}` or `{"ids": [1, 2]}`; other keys are ignored. */
export const textOrIdsSchema = z
  .object({ text: z.string().optional(), ids: z.array(z.int().nonnegative()).optional() })
  .refine((row) => (row.text === undefined) !== (row.ids === undefined), 'must have either "text" or "ids"');
export type TextOrIds = z.infer<typeof textOrIdsSchema>;

export interface IdLimits {
  /** Number of rows of the model's embedding. */
  readonly vocabSize: number;
  /** Maximum number of tokens in a sequence. */
  readonly contextLength: number;
  readonly least: number;
}

function faultOf(ids: readonly number[], limits: IdLimits): string | null {
  const foreign = ids.find((id) => id >= limits.vocabSize);
  if (foreign !== undefined) return `has the id ${foreign}, outside the model's vocabulary of ${limits.vocabSize}`;
  if (ids.length < limits.least) return `has ${ids.length} tokens, but at least ${limits.least} are required`;
  if (ids.length > limits.contextLength) {
    return `has ${ids.length} tokens, but the model accepts at most ${limits.contextLength}`;
  }
  return null;
}

/**
 * Token ids of every row. `encode` is called for text rows only, so a model without a tokenizer accepts ids.
 * Throws `input_rows_bad` with every row that the model cannot process.
 */
export function idsOfRows(
  rows: readonly InputRow<TextOrIds>[],
  encode: (text: string) => readonly number[],
  limits: IdLimits,
): (readonly number[])[] {
  const faults: Fault[] = [];
  const all = rows.map(({ line, row }) => {
    const ids = row.ids ?? encode(row.text ?? '');
    const why = faultOf(ids, limits);
    if (why) faults.push({ where: `line ${line}`, why });
    return ids;
  });
  if (faults.length > 0) throw inputError(faults);
  return all;
}
