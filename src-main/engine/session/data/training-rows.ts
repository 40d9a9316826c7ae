import type { DataLedger, LeftOutReason } from '#contract/api/runs/data-ledger.ts';
import type { KeelError } from '#contract/errors.ts';
import { orRowFault } from '../../dataset/checks/row-fault.ts';
import { badRows } from '../../dataset/load-dataset.ts';
import type { RowFault } from '../../dataset/readers/raw-rows.ts';
import type { Comparison, DataRecord, Prompt, TokenRow } from '../../records.ts';
import type { FittedRow, Side } from '../../tokenizer/rows/fit-row.ts';
import {
  type ComparisonRows,
  type DemonstrationOptions,
  tokenRowOfDemonstration,
  tokenRowOfPrompt,
  tokenRowsOfComparison,
} from '../../tokenizer/rows/token-rows.ts';
import { trainedEnds } from '../../tokenizer/rows/trained-ends.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { type LedgerTally, placeOf } from './ledger-tally.ts';
import type { DataConfig, TrainingData } from './load-data.ts';
import { comparisonsOf, demonstrationsOf, promptsOf } from './records-of.ts';

/** How long rows may be. */
export interface Limits {
  readonly maxLength: number;
  readonly truncationSide: Side;
}

/** Token rows of both parts, and the ledger of the data that they come from. */
export interface TrainingRows<Row> {
  readonly train: readonly Row[];
  readonly heldOut: readonly Row[];
  readonly ledger: DataLedger;
  /** Maximum number of ids per row. */
  readonly maxLength: number;
}

/** A record as used in training. */
interface MadeRow<Row> {
  readonly row: Row;
  /** Its token rows: two for a comparison. */
  readonly fitted: readonly FittedRow[];
}

/** How records become rows. */
interface Making<Kind extends DataRecord, Row> {
  readonly make: (record: Kind) => MadeRow<Row>;
  /** Why a row cannot be used, or null. */
  readonly outFor: (made: MadeRow<Row>) => LeftOutReason | null;
  readonly skipBadRows: boolean;
  /** Whether a token row has a trained span that does not end in a stop token. */
  readonly lacksEnd: (fitted: FittedRow) => boolean;
}

function unusable(faults: readonly (RowFault & { readonly file: string })[]): KeelError {
  const { file } = faults[0]!;
  return badRows(
    file,
    faults.filter((fault) => fault.file === file),
    false,
  );
}

/** The rows of one part, and the length of its longest row before truncation, those that are left out included. */
interface MadeRows<Row> {
  readonly rows: readonly MadeRow<Row>[];
  readonly longest: number;
}

/** Makes the rows of one part. Throws `dataset.bad_rows` with every row that the tokenizer refuses. */
function makeRows<Kind extends DataRecord, Row>(
  records: readonly Kind[],
  { make, outFor, skipBadRows, lacksEnd }: Making<Kind, Row>,
  ledger: LedgerTally,
): MadeRows<Row> {
  let longest = 0;
  const faults: (RowFault & { readonly file: string })[] = [];
  const rows = records.flatMap((record): MadeRow<Row>[] => {
    const { file, line } = record.origin;
    const made = orRowFault(line, () => make(record));
    if ('reason' in made) {
      faults.push({ ...made, file });
      ledger.leaveOut('bad_row', [{ file, line, why: made.why }]);
      return [];
    }
    longest = Math.max(longest, ...made.fitted.map(({ row, cut }) => row.ids.length + cut));
    const out = outFor(made);
    if (out === null) {
      noteCuts(record, made, ledger);
      if (made.fitted.some(lacksEnd)) ledger.notice('no_stop', [placeOf(record)]);
    } else ledger.leaveOut(out, [placeOf(record)]);
    return out === null ? [made] : [];
  });
  if (faults.length > 0 && !skipBadRows) throw unusable(faults);
  return { rows, longest };
}

function noteCuts(record: DataRecord, { fitted }: MadeRow<unknown>, ledger: LedgerTally): void {
  const atEnd = fitted.reduce((sum, { cutAtEnd }) => sum + cutAtEnd, 0);
  const atStart = fitted.reduce((sum, { cut, cutAtEnd }) => sum + cut - cutAtEnd, 0);
  if (record.kind === 'prompt') {
    if (atStart + atEnd > 0) ledger.notice('prompt_cut', [placeOf(record)], atStart + atEnd);
    return;
  }
  if (atStart > 0) ledger.notice('cut_at_start', [placeOf(record)], atStart);
  if (atEnd > 0) ledger.notice('cut_at_end', [placeOf(record)], atEnd);
}

/** Number of tokens that count in the loss: the first one of a row is never predicted. */
export function trainedTokens({ trained }: TokenRow): number {
  return trained.reduce((sum, isTrained, index) => sum + Number(isTrained && index > 0), 0);
}

interface MadeParts<Row> {
  readonly train: MadeRows<Row>;
  readonly heldOut: MadeRows<Row>;
}

function makeParts<Kind extends DataRecord, Row>(
  train: readonly Kind[],
  heldOut: readonly Kind[],
  making: Making<Kind, Row>,
  ledger: LedgerTally,
): MadeParts<Row> {
  return { train: makeRows(train, making, ledger), heldOut: makeRows(heldOut, making, ledger) };
}

function toTrainingRows<Row>(
  { train, heldOut }: MadeParts<Row>,
  ledger: LedgerTally,
  { maxLength: tokens, truncationSide: side }: Limits,
  trained: number | null,
): TrainingRows<Row> {
  if (heldOut.rows.length === 0) ledger.notice('no_held_out', []);
  const rowsOf = ({ rows }: MadeRows<Row>) => rows.map(({ row }) => row);
  const limit = { tokens, side, longest: Math.max(train.longest, heldOut.longest) };
  const used = { training: train.rows.length, heldOut: heldOut.rows.length, limit, trained };
  return { train: rowsOf(train), heldOut: rowsOf(heldOut), ledger: ledger.record(used), maxLength: tokens };
}

type Selection = Pick<DataConfig, 'rowSelection' | 'skipBadRows'>;

/** The rows of demonstrations, without those in which truncation leaves nothing to train on. */
export function demonstrationRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  options: DemonstrationOptions & Limits,
  { rowSelection, skipBadRows }: Selection,
): TrainingRows<TokenRow> {
  const parts = makeParts(
    demonstrationsOf(train, ledger),
    demonstrationsOf(heldOut, ledger),
    {
      make: (record) => {
        const fitted = tokenRowOfDemonstration(tokenizer, record, options);
        const isKept = rowSelection === 'former' && trainedTokens(fitted.row) === 0;
        if (isKept) ledger.notice('untrained_kept', [placeOf(record)]);
        return { row: fitted.row, fitted: [fitted] };
      },
      outFor: ({ row, fitted }) => {
        if (rowSelection === 'former' || trainedTokens(row) > 0) return null;
        return fitted[0]!.cut > 0 ? 'cut_away' : 'untrained';
      },
      skipBadRows,
      lacksEnd: (fitted) => trainedEnds(fitted, tokenizer).unended > 0,
    },
    ledger,
  );
  const trained = parts.train.rows.reduce((sum, { row }) => sum + trainedTokens(row), 0);
  return toTrainingRows(parts, ledger, options, trained);
}

/** A comparison as used in training. */
export interface PairRows extends ComparisonRows {
  readonly record: Comparison;
}

/** The rows of preference pairs, without those that truncation makes equal: they have nothing to compare. */
export function pairRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  limits: Limits & Pick<DemonstrationOptions, 'ends'>,
  { skipBadRows }: Pick<Selection, 'skipBadRows'>,
): TrainingRows<PairRows> {
  const making: Making<Comparison, PairRows> = {
    make: (record) => {
      const rows = tokenRowsOfComparison(tokenizer, record, limits);
      return { row: { record, ...rows }, fitted: [rows.chosen, rows.rejected] };
    },
    outFor: ({ row: { chosen, divergence } }) => (divergence < chosen.row.ids.length ? null : 'equal_pair'),
    skipBadRows,
    lacksEnd: (fitted) => trainedEnds(fitted, tokenizer).unended > 0,
  };
  const parts = makeParts(comparisonsOf(train), comparisonsOf(heldOut), making, ledger);
  return toTrainingRows(parts, ledger, limits, null);
}

/** A prompt and its ids, cut to leave room for a response. */
export interface PromptRow {
  readonly prompt: Prompt;
  readonly ids: readonly number[];
}

/** The rows of prompts; of the held-out ones, the first `evaluated` are used. */
export function promptRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  limits: Limits,
  { skipBadRows, evaluated }: Pick<Selection, 'skipBadRows'> & { readonly evaluated: number },
): TrainingRows<PromptRow> {
  ledger.leaveOut('unevaluated', heldOut.slice(evaluated).map(placeOf));
  const making: Making<Prompt, PromptRow> = {
    make: (prompt) => {
      const fitted = tokenRowOfPrompt(tokenizer, prompt, limits);
      return { row: { prompt, ids: fitted.row.ids }, fitted: [fitted] };
    },
    outFor: () => null,
    skipBadRows,
    lacksEnd: () => false,
  };
  const parts = makeParts(promptsOf(train), promptsOf(heldOut.slice(0, evaluated)), making, ledger);
  return toTrainingRows(parts, ledger, limits, null);
}
