import type { DatasetExample } from '#contract/api/library/datasets.ts';
import type { DataRecord } from '../../records.ts';
import type { RowFault } from '../readers/raw-rows.ts';
import { orRowFault } from './row-fault.ts';
import type { NamedRow, RowMaker } from './token-tally.ts';

/** Tokens beyond this number are not shown for a row. */
const EXAMPLE_TOKENS = 2000;

/** A row for display: ids with their texts and whether the loss counts them. */
export function toExample(line: number, { name, row, cut }: NamedRow, maker: RowMaker): DatasetExample {
  const shown = row.ids.slice(0, EXAMPLE_TOKENS);
  const kinds = maker.kindsOf(shown);
  const tokens = shown.map((id, index) => {
    return { id, text: maker.pieceOf(id), trained: row.trained[index] === true, kind: kinds[index] ?? 'text' };
  });
  return { line, name, cut, tokens };
}

/** Token rows of a record, or the reason why the tokenizer cannot make them. */
export function rowsOrFault(record: DataRecord, maker: RowMaker): readonly NamedRow[] | RowFault {
  return orRowFault(record.origin.line, () => maker.rows(record));
}
