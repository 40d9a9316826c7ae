import type { TokenRow } from '../../records.ts';
import type { UntrainedTurns } from './trained-turns.ts';

/** A row as used in training, and what was truncated to make it fit. */
export interface FittedRow {
  readonly row: TokenRow;
  /** Number of ids of the row that belong to the prompt; they come first. */
  readonly promptLength: number;
  /** Number of ids that were removed. */
  readonly cut: number;
  /** Number of them that were removed at the end of the row; the others were removed at its beginning. */
  readonly cutAtEnd: number;
  /** Assistant turns of the row's conversation that it does not train; absent for other rows. */
  readonly untrained?: UntrainedTurns;
}

/** The end that a long row loses: `left` is its beginning, `right` its end. */
export type Side = 'left' | 'right';

export interface FitLimits {
  readonly maxLength: number;
  readonly side: Side;
  /** A BOS token at the beginning is kept. */
  readonly bosTokenId: number | null;
}

/** A row with `cut` of its ids removed. */
function cutRow(row: TokenRow, cut: number, { side, bosTokenId }: FitLimits): TokenRow {
  if (cut <= 0) return row;
  const length = row.ids.length;
  if (side === 'right') return { ids: row.ids.slice(0, length - cut), trained: row.trained.slice(0, length - cut) };
  const kept = row.ids[0] === bosTokenId && cut < length ? 1 : 0;
  const pick = <T>(list: readonly T[]): T[] => [...list.slice(0, kept), ...list.slice(cut + kept)];
  return { ids: pick(row.ids), trained: pick(row.trained) };
}

/**
 * Number of ids that a prompt loses at its beginning so that its longest response fits; at least one prompt id remains.
 */
export function promptCut(promptLength: number, longestReply: number, { maxLength, side }: FitLimits): number {
  if (side === 'right') return 0;
  return Math.max(0, Math.min(promptLength - 1, promptLength + longestReply - maxLength));
}

/**
 * Joins prompt and response to a row of at most `maxLength` ids: `cutFromPrompt` ids are removed from the beginning of
 * the prompt, and any remaining excess at the end of the row.
 */
export function fitRow(prompt: TokenRow, reply: TokenRow, cutFromPrompt: number, limits: FitLimits): FittedRow {
  const head = cutRow(prompt, cutFromPrompt, { ...limits, side: 'left' });
  const whole = { ids: [...head.ids, ...reply.ids], trained: [...head.trained, ...reply.trained] };
  const row = cutRow(whole, whole.ids.length - limits.maxLength, { ...limits, side: 'right' });
  return {
    row,
    promptLength: Math.min(head.ids.length, row.ids.length),
    cut: prompt.ids.length + reply.ids.length - row.ids.length,
    cutAtEnd: whole.ids.length - row.ids.length,
  };
}

/** Truncates a row without a prompt at its side. */
export function fitWholeRow(row: TokenRow, limits: FitLimits): FittedRow {
  const cut = Math.max(0, row.ids.length - limits.maxLength);
  return { row: cutRow(row, cut, limits), promptLength: 0, cut, cutAtEnd: limits.side === 'right' ? cut : 0 };
}
