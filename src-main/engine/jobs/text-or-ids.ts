import { z } from 'zod';
import type { Fault } from '#contract/errors.ts';
import { type InputRow, inputError } from './read-input.ts';

/** `{"text": "…"}` or `{"ids": [1, 2]}`; other keys are left alone. */
export const textOrIdsSchema = z
  .object({ text: z.string().optional(), ids: z.array(z.int().nonnegative()).optional() })
  .refine((row) => (row.text === undefined) !== (row.ids === undefined), 'give either "text" or "ids"');
export type TextOrIds = z.infer<typeof textOrIdsSchema>;

export interface IdLimits {
  /** Number of rows of the model's embedding. */
  readonly vocabSize: number;
  /** Most tokens of a sequence. */
  readonly contextLength: number;
  readonly least: number;
}

function faultOf(ids: readonly number[], limits: IdLimits): string | null {
  const foreign = ids.find((id) => id >= limits.vocabSize);
  if (foreign !== undefined) return `the id ${foreign} is not below the model's vocabulary of ${limits.vocabSize}`;
  if (ids.length < limits.least) return `has ${ids.length} tokens; at least ${limits.least} are needed`;
  if (ids.length > limits.contextLength) {
    return `has ${ids.length} tokens; the model takes ${limits.contextLength}`;
  }
  return null;
}

/**
 * Token ids of every row. `encode` is asked for text rows only, so a model without a tokenizer can take ids.
 * Throws `input_rows_bad` with every row that the model cannot take.
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
