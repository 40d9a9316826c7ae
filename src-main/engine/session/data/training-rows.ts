import type { DataLedger, LedgerNotice, LeftOutReason } from '#contract/api/runs/data-ledger.ts';
import type { KeelError } from '#contract/errors.ts';
import { orRowFault } from '../../dataset/checks/row-fault.ts';
import { trainedTokens } from '../../dataset/checks/token-tally.ts';
import { badRows } from '../../dataset/load-dataset.ts';
import type { RowFault } from '../../dataset/readers/raw-rows.ts';
import type { Comparison, DataRecord, Judgment, Prompt, TokenRow } from '../../records.ts';
import type { FittedRow, Side } from '../../tokenizer/rows/fit-row.ts';
import { createRecordNotes } from '../../tokenizer/rows/record-notes.ts';
import {
  type ComparisonRows,
  type DemonstrationOptions,
  tokenRowOfJudgment,
  tokenRowOfPrompt,
  tokenRowsOfComparison,
  tokenRowsOfDemonstration,
} from '../../tokenizer/rows/token-rows.ts';
import { trainedEnds } from '../../tokenizer/rows/trained-ends.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { type GivenRow, givenRow, withWrittenEnd } from './given-row.ts';
import { type LedgerTally, placeOf } from './ledger-tally.ts';
import type { DataConfig, TrainingData } from './load-data.ts';
import { comparisonsOf, demonstrationsOf, judgmentsOf, promptsOf } from './records-of.ts';

/** How long rows may be. */
export interface Limits {
  readonly maxLength: number;
  readonly truncationSide: Side;
}

/** Token rows of both parts, and the ledger of the data that they come from. */
export interface TrainingRows<Row, HeldOut = Row> {
  readonly train: readonly Row[];
  readonly heldOut: readonly HeldOut[];
  readonly ledger: DataLedger;
  /** Maximum number of ids per row. */
  readonly maxLength: number;
}

/** A record as used in training. */
interface MadeRecord<Row> {
  /** What is trained on: several rows only for a conversation that is expanded. */
  readonly rows: readonly Row[];
  /** Its token rows: two for a comparison. */
  readonly fitted: readonly FittedRow[];
}

/** How records become rows. */
interface Making<Kind extends DataRecord, Row> {
  readonly make: (record: Kind) => MadeRecord<Row>;
  /** Why a record cannot be used, or null. */
  readonly outFor: (made: MadeRecord<Row>) => LeftOutReason | null;
  /** What is left out of a record that is used, or read otherwise than one might expect. */
  readonly notesOf: (record: Kind, fitted: readonly FittedRow[]) => readonly Note[];
  readonly skipBadRows: boolean;
}

type Note = Pick<LedgerNotice, 'kind' | 'name' | 'count'>;

function unusable(faults: readonly (RowFault & { readonly file: string })[]): KeelError {
  const { file } = faults[0]!;
  return badRows(
    file,
    faults.filter((fault) => fault.file === file),
    false,
  );
}

/** The rows of one part, and the length of its longest row before truncation, those that are left out included. */
interface MadePart<Row> {
  readonly records: readonly MadeRecord<Row>[];
  readonly longest: number;
}

/** Makes the rows of one part. Throws `dataset.bad_rows` with every row that the tokenizer refuses. */
function makeRows<Kind extends DataRecord, Row>(
  records: readonly Kind[],
  { make, outFor, notesOf, skipBadRows }: Making<Kind, Row>,
  ledger: LedgerTally,
): MadePart<Row> {
  let longest = 0;
  const faults: (RowFault & { readonly file: string })[] = [];
  const used = records.flatMap((record): MadeRecord<Row>[] => {
    const { file, line } = record.origin;
    const made = orRowFault(line, () => make(record));
    if ('reason' in made) {
      faults.push({ ...made, file });
      ledger.leaveOut('bad_row', [{ file, line, why: made.why }]);
      return [];
    }
    longest = Math.max(longest, ...made.fitted.map(({ row, cut }) => row.ids.length + cut));
    const out = outFor(made);
    if (out !== null) {
      ledger.leaveOut(out, [placeOf(record)]);
      return [];
    }
    for (const { kind, name, count } of [...cutsOf(record, made), ...notesOf(record, made.fitted)])
      ledger.notice(kind, [placeOf(record)], count, name);
    return [made];
  });
  if (faults.length > 0 && !skipBadRows) throw unusable(faults);
  return { records: used, longest };
}

/** The tokens that were cut from the rows of a record. */
function cutsOf({ kind }: DataRecord, { fitted }: MadeRecord<unknown>): readonly Note[] {
  const atEnd = fitted.reduce((sum, { cutAtEnd }) => sum + cutAtEnd, 0);
  const atStart = fitted.reduce((sum, { cut, cutAtEnd }) => sum + cut - cutAtEnd, 0);
  const cuts = [
    { kind: kind === 'prompt' ? 'prompt_cut' : 'cut_at_start', name: null, count: atStart },
    { kind: kind === 'prompt' ? 'prompt_cut' : 'cut_at_end', name: null, count: atEnd },
  ] as const;
  return cuts.filter(({ count }) => count > 0);
}

/** The notes on records with trained tokens. */
function createRowNotes(tokenizer: Tokenizer): Making<DataRecord, unknown>['notesOf'] {
  const notesOf = createRecordNotes(tokenizer);
  return (record, fitted) => {
    const count = fitted.reduce((sum, one) => sum + trainedEnds(one, tokenizer).unended, 0);
    const noStop: readonly Note[] = count > 0 ? [{ kind: 'no_stop', name: null, count }] : [];
    return [...notesOf(record, fitted), ...noStop];
  };
}

interface MadeParts<Row, HeldOut = Row> {
  readonly train: MadePart<Row>;
  readonly heldOut: MadePart<HeldOut>;
}

function makeParts<Kind extends DataRecord, Row>(
  train: readonly Kind[],
  heldOut: readonly Kind[],
  making: Making<Kind, Row>,
  ledger: LedgerTally,
): MadeParts<Row> {
  return { train: makeRows(train, making, ledger), heldOut: makeRows(heldOut, making, ledger) };
}

function toTrainingRows<Row, HeldOut>(
  { train, heldOut }: MadeParts<Row, HeldOut>,
  ledger: LedgerTally,
  { maxLength: tokens, truncationSide: side }: Limits,
  trained: number | null,
): TrainingRows<Row, HeldOut> {
  if (heldOut.records.length === 0) ledger.notice('no_held_out', []);
  const rowsOf = <Kind>({ records }: MadePart<Kind>) => records.flatMap(({ rows }) => rows);
  const limit = { tokens, side, longest: Math.max(train.longest, heldOut.longest) };
  const used = { training: train.records.length, heldOut: heldOut.records.length, limit, trained };
  return { train: rowsOf(train), heldOut: rowsOf(heldOut), ledger: ledger.record(used), maxLength: tokens };
}

type Selection = Pick<DataConfig, 'rowSelection' | 'skipBadRows'>;

const UNTRAINED_KEPT: Note = { kind: 'untrained_kept', name: null, count: 1 };

/** The rows of demonstrations, without those in which truncation leaves nothing to train on. */
export function demonstrationRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  options: DemonstrationOptions & Limits,
  { rowSelection, skipBadRows }: Selection,
): TrainingRows<TokenRow> {
  const notesOf = createRowNotes(tokenizer);
  const parts = makeParts(
    demonstrationsOf(train, ledger),
    demonstrationsOf(heldOut, ledger),
    {
      make: (record) => {
        const fitted = tokenRowsOfDemonstration(tokenizer, record, options);
        const all = fitted.map(({ row }) => row);
        return { rows: rowSelection === 'former' ? all : all.filter((row) => trainedTokens(row) > 0), fitted };
      },
      outFor: ({ rows, fitted }) => {
        if (rows.length > 0) return null;
        return fitted.some(({ cut }) => cut > 0) ? 'cut_away' : 'untrained';
      },
      notesOf: (record, fitted) => {
        const isUntrained = fitted.every(({ row }) => trainedTokens(row) === 0);
        return [...(isUntrained ? [UNTRAINED_KEPT] : []), ...notesOf(record, fitted)];
      },
      skipBadRows,
    },
    ledger,
  );
  const trained = parts.train.records.reduce((sum, { rows }) => {
    return rows.reduce((inner, row) => inner + trainedTokens(row), sum);
  }, 0);
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
      return { rows: [{ record, ...rows }], fitted: [rows.chosen, rows.rejected] };
    },
    outFor: ({ rows: [pair] }) => (pair!.divergence < pair!.chosen.row.ids.length ? null : 'equal_pair'),
    notesOf: createRowNotes(tokenizer),
    skipBadRows,
  };
  const parts = makeParts(comparisonsOf(train), comparisonsOf(heldOut), making, ledger);
  return toTrainingRows(parts, ledger, limits, null);
}

/** A response with a thumb up or down, as used in training. */
export interface JudgedRow {
  readonly row: TokenRow;
  readonly promptLength: number;
  readonly label: boolean;
}

type Rated = Judgment | Comparison;

/** The rows of judged responses; a pair gives two, of which the chosen one has a thumb up. */
export function judgedRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  limits: Limits & Pick<DemonstrationOptions, 'ends'>,
  { skipBadRows }: Pick<Selection, 'skipBadRows'>,
): TrainingRows<JudgedRow> {
  const judged = ({ row, promptLength }: FittedRow, label: boolean) => ({ row, promptLength, label });
  const making: Making<Rated, JudgedRow> = {
    make: (record) => {
      if (record.kind === 'judgment') {
        const fitted = tokenRowOfJudgment(tokenizer, record, limits);
        const rows = trainedTokens(fitted.row) > 0 ? [judged(fitted, record.label)] : [];
        return { rows, fitted: [fitted] };
      }
      const { chosen, rejected, divergence } = tokenRowsOfComparison(tokenizer, record, limits);
      const isEqual = divergence >= chosen.row.ids.length;
      return { rows: isEqual ? [] : [judged(chosen, true), judged(rejected, false)], fitted: [chosen, rejected] };
    },
    outFor: ({ rows, fitted }) => {
      if (rows.length > 0) return null;
      if (fitted.length > 1) return 'equal_pair';
      return fitted[0]!.cut > 0 ? 'cut_away' : 'untrained';
    },
    notesOf: createRowNotes(tokenizer),
    skipBadRows,
  };
  const parts = makeParts(judgmentsOf(train), judgmentsOf(heldOut), making, ledger);
  return toTrainingRows(parts, ledger, limits, null);
}

/** A prompt and its ids, cut to leave room for a response. */
export interface PromptRow {
  readonly prompt: Prompt;
  readonly ids: readonly number[];
}

/** How prompts become rows. */
const promptMaking = (tokenizer: Tokenizer, limits: Limits, skipBadRows: boolean): Making<Prompt, PromptRow> => ({
  make: (prompt) => {
    const fitted = tokenRowOfPrompt(tokenizer, prompt, limits);
    return { rows: [{ prompt, ids: fitted.row.ids }], fitted: [fitted] };
  },
  outFor: () => null,
  notesOf: createRecordNotes(tokenizer),
  skipBadRows,
});

type Evaluated = Pick<Selection, 'skipBadRows'> & { readonly evaluated: number };

/** The rows of prompts; of the held-out ones, the first `evaluated` are used. */
export function promptRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  limits: Limits,
  { skipBadRows, evaluated }: Evaluated,
): TrainingRows<PromptRow> {
  ledger.leaveOut('unevaluated', heldOut.slice(evaluated).map(placeOf));
  const making = promptMaking(tokenizer, limits, skipBadRows);
  const parts = makeParts(promptsOf(train), promptsOf(heldOut.slice(0, evaluated)), making, ledger);
  return toTrainingRows(parts, ledger, limits, null);
}

/**
 * Both responses of each pair as rows of their own, and the first `evaluated` held-out prompts. Prompts of evaluations
 * leave room for a response that is generated; `limits` are those of whole rows.
 */
export function givenRows(
  { train, heldOut, ledger }: TrainingData,
  tokenizer: Tokenizer,
  limits: Limits & Pick<DemonstrationOptions, 'ends'>,
  { skipBadRows, evaluated, ofPrompts }: Evaluated & { readonly ofPrompts: Limits },
): TrainingRows<GivenRow, PromptRow> {
  ledger.leaveOut('unevaluated', heldOut.slice(evaluated).map(placeOf));
  const making: Making<Comparison, GivenRow> = {
    make: (record) => {
      const { chosen, rejected } = tokenRowsOfComparison(tokenizer, record, limits);
      const rows = [givenRow(record, record.chosen, chosen), givenRow(record, record.rejected, rejected)];
      return { rows: rows.map((row) => withWrittenEnd(row, tokenizer)), fitted: [chosen, rejected] };
    },
    outFor: ({ rows }) => (rows.some(({ responseIds }) => responseIds.length === 0) ? 'cut_away' : null),
    notesOf: createRowNotes(tokenizer),
    skipBadRows,
  };
  const parts = {
    train: makeRows(comparisonsOf(train), making, ledger),
    heldOut: makeRows(promptsOf(heldOut.slice(0, evaluated)), promptMaking(tokenizer, ofPrompts, skipBadRows), ledger),
  };
  return toTrainingRows(parts, ledger, limits, null);
}
