import type { DataRecord, TokenRow } from '../../records.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { FittedRow } from './fit-row.ts';
import { createRecordNotes, type RecordNote } from './record-notes.ts';
import { type TokenKind, tokenKinds } from './token-kinds.ts';
import {
  type DemonstrationOptions,
  tokenRowOfJudgment,
  tokenRowOfPrompt,
  tokenRowsOfComparison,
  tokenRowsOfDemonstration,
} from './token-rows.ts';
import { type TrainedEnds, trainedEnds } from './trained-ends.ts';
import type { UntrainedTurns } from './trained-turns.ts';

/** One of the token rows made from a record. */
export interface NamedRow {
  readonly name: 'text' | 'prompt' | 'completion' | 'chosen' | 'rejected';
  readonly row: TokenRow;
  readonly cut: number;
  /** Assistant turns of the row's conversation that it does not train; absent for other rows. */
  readonly untrained?: UntrainedTurns;
  readonly ends: TrainedEnds;
}

/** Shows rows in a dataset check as the trainer sees them. */
export interface RowMaker {
  rows(record: DataRecord): readonly NamedRow[];
  /** What is left out of a record, or read otherwise than one might expect. */
  notes(record: DataRecord, rows: readonly NamedRow[]): readonly RecordNote[];
  /** The text of one token; a partial character is shown as U+FFFD. */
  pieceOf(id: number): string;
  /** What each token is: text, a special token, or part of text that merely spells one. */
  kindsOf(ids: readonly number[]): readonly TokenKind[];
}

export type RecordRowOptions = DemonstrationOptions;

function fittedRows(
  tokenizer: Tokenizer,
  record: DataRecord,
  options: RecordRowOptions,
): [NamedRow['name'], FittedRow][] {
  switch (record.kind) {
    case 'prompt':
      return [['prompt', tokenRowOfPrompt(tokenizer, record, options)]];
    case 'demonstration':
      return tokenRowsOfDemonstration(tokenizer, record, options).map((row) => [
        record.prompt === null ? 'text' : 'completion',
        row,
      ]);
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
    rows: (record) =>
      fittedRows(tokenizer, record, options).map(([name, fitted]) => {
        const { row, cut, untrained } = fitted;
        return { name, row, cut, ends: trainedEnds(fitted, tokenizer), ...(untrained && { untrained }) };
      }),
    notes: createRecordNotes(tokenizer),
    pieceOf: (id) => tokenizer.decode([id]),
    kindsOf: (ids) => tokenKinds(tokenizer, ids),
  };
}
