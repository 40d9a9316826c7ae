import type { DatasetExample } from '#contract/api/library/datasets.ts';
import { KeelError } from '#contract/errors.ts';
import type { DataRecord } from '../../records.ts';
import type { RowFault } from '../readers/raw-rows.ts';
import type { NamedRow, RowMaker } from './token-tally.ts';

/** More tokens of one row are not shown. */
const EXAMPLE_TOKENS = 2000;

/** A row as it is shown: ids with their texts and whether the loss counts them. */
export function toExample(line: number, { name, row, cut }: NamedRow, maker: RowMaker): DatasetExample {
  const shown = row.ids.slice(0, EXAMPLE_TOKENS);
  const tokens = shown.map((id, index) => ({ id, text: maker.pieceOf(id), trained: row.trained[index] === true }));
  return { line, name, cut, tokens };
}

/** Faults of the tokenizer that concern one row and not the whole file. */
const ROW_CODES: ReadonlySet<string> = new Set([
  'tokenizer.template_refused',
  'tokenizer.template_not_incremental',
  'tokenizer.text_too_long',
]);

/** Token rows of a record, or why the tokenizer cannot make them. */
export function rowsOrFault(record: DataRecord, maker: RowMaker): readonly NamedRow[] | RowFault {
  try {
    return maker.rows(record);
  } catch (error) {
    if (!(error instanceof KeelError) || !ROW_CODES.has(error.code)) throw error;
    return { line: record.origin.line, reason: error.code, why: error.why };
  }
}
