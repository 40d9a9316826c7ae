import type { DataRecord, TokenRow } from '../../records.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { FittedRow } from './fit-row.ts';
import {
  type RowOptions,
  type TrainOn,
  tokenRowOfDemonstration,
  tokenRowOfJudgment,
  tokenRowOfPrompt,
  tokenRowsOfComparison,
} from './token-rows.ts';

/** One of the token rows made from a record. */
export interface NamedRow {
  readonly name: 'text' | 'prompt' | 'completion' | 'chosen' | 'rejected';
  readonly row: TokenRow;
  readonly cut: number;
}

/** Shows rows in a dataset check as the trainer sees them. */
export interface RowMaker {
  rows(record: DataRecord): readonly NamedRow[];
  /** The text of one token; a partial character is shown as U+FFFD. */
  pieceOf(id: number): string;
}

export interface RecordRowOptions extends RowOptions {
  readonly trainOn?: TrainOn;
}

function fittedRows(
  tokenizer: Tokenizer,
  record: DataRecord,
  options: RecordRowOptions,
): [NamedRow['name'], FittedRow][] {
  switch (record.kind) {
    case 'prompt':
      return [['prompt', tokenRowOfPrompt(tokenizer, record, options)]];
    case 'demonstration':
      return [[record.prompt === null ? 'text' : 'completion', tokenRowOfDemonstration(tokenizer, record, options)]];
    case 'judgment':
      return [['completion', tokenRowOfJudgment(tokenizer, record, options)]];
    default: {
      const { chosen, rejected } = tokenRowsOfComparison(tokenizer, record, options);
      return [
        ['chosen', chosen],
        ['rejected', rejected],
      ];
    }
  }
}

/** Makes the rows of any record with one tokenizer, exactly as the recipes do. */
export function recordRows(tokenizer: Tokenizer, options: RecordRowOptions = {}): RowMaker {
  return {
    rows: (record) => fittedRows(tokenizer, record, options).map(([name, { row, cut }]) => ({ name, row, cut })),
    pieceOf: (id) => tokenizer.decode([id]),
  };
}
