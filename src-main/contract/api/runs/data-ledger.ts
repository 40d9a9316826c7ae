import { z } from 'zod';

/**
 * The data ledger: what became of every row that was read, for a run and for `keel dataset check`. Rows read = rows for
 * training + rows held out + rows left out.
 */

const count = z.int().nonnegative();

/** Why a row is neither trained nor evaluated on, in the order in which the reasons apply. */
export const LEFT_OUT_REASONS = [
  'bad_row',
  'exact_repeat',
  'near_repeat',
  'former_repeat',
  'held_out_prompt',
  'max_records',
  'held_out_size',
  'disapproved',
  'cut_away',
  'untrained',
  'equal_pair',
  'unevaluated',
] as const;

/** What of a row that is used does not reach the loss, or is read otherwise than one might expect. */
export const ROW_NOTE_KINDS = [
  /** A column of the file. */
  'unused_column',
  /** A key of a message, or an input of the template, without which the template renders the same. */
  'ignored_field',
  /** Lists of text parts that were joined, because the template reads only text. */
  'joined_parts',
  /** Conversations whose template asks for today's date, which it does not get. */
  'no_date',
  // Assistant turns that are not trained.
  'empty_turn',
  'weight_zero',
  'changed_turn',
  /** Text that spells a special token. */
  'spelled_special',
] as const;

/** What happens to rows that are used, or does not happen although it could be expected. */
export const NOTICE_KINDS = [
  'cut_at_start',
  'cut_at_end',
  'prompt_cut',
  /** Prompts that a reward model or judge cannot read whole together with a long response. */
  'scored_cut',
  'untrained_kept',
  ...ROW_NOTE_KINDS,
  'no_stop',
  'split_by_exact_prompt',
  'kept_held_out_prompt',
  'no_held_out',
] as const;

/** A row of a file: its line, or its number in a parquet file, from 1. */
const rowSchema = z.object({ file: z.string(), line: count });
export const ledgerPlaceSchema = rowSchema.extend({
  repeats: rowSchema.optional().describe('the row that it repeats'),
  why: z.string().optional().describe('what is wrong with it'),
});

const places = z.array(ledgerPlaceSchema).describe('the first 20');

export const leftOutSchema = z.object({ reason: z.enum(LEFT_OUT_REASONS), rows: count, places });

export const noticeSchema = z.object({
  kind: z.enum(NOTICE_KINDS),
  name: z.string().nullable().describe('the field, token, or reward model that it is about'),
  rows: count,
  count: count.describe('tokens that were cut; for the others, how often it occurs in these rows'),
  places,
});

export const dataLedgerSchema = z.object({
  files: z.array(z.object({ role: z.enum(['data', 'held_out']), path: z.string(), rows: count })),
  read: count.describe('rows read from all files, bad ones included'),
  training: count.describe('rows to train on'),
  heldOut: count.describe('rows to evaluate on'),
  leftOut: z.array(leftOutSchema),
  notices: z.array(noticeSchema),
  limit: z
    .object({ tokens: count, side: z.enum(['left', 'right']), longest: count })
    .nullable()
    .describe('maximum length in tokens, the end at which longer rows are cut, and the longest row before cutting'),
  trained: count.nullable().describe('tokens of the training rows that count in the loss; null where none do'),
});

export type DataLedger = z.infer<typeof dataLedgerSchema>;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];
export type RowNoteKind = (typeof ROW_NOTE_KINDS)[number];
export type NoticeKind = (typeof NOTICE_KINDS)[number];
export type LedgerPlace = z.infer<typeof ledgerPlaceSchema>;
export type LeftOut = z.infer<typeof leftOutSchema>;
export type LedgerNotice = z.infer<typeof noticeSchema>;
