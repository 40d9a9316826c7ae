import { KeelError } from '#contract/errors.ts';
import type { RowFault } from '../readers/raw-rows.ts';

/** Tokenizer errors that concern a single row, not the whole file. */
const ROW_CODES: ReadonlySet<string> = new Set([
  'tokenizer.template_refused',
  'tokenizer.template_failed',
  'tokenizer.template_unsupported',
  'tokenizer.reserved_characters',
  'tokenizer.text_too_long',
]);

/** What `make` makes of a row, or the reason why the tokenizer cannot. @param line the row's line. */
export function orRowFault<Made extends object>(line: number, make: () => Made): Made | RowFault {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof KeelError) || !ROW_CODES.has(error.code)) throw error;
    return { line, reason: error.code, why: error.why };
  }
}
