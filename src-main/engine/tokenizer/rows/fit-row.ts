import type { TokenRow } from '../../records.ts';

/** A row as it enters training, and what was cut off to make it fit. */
export interface FittedRow {
  readonly row: TokenRow;
  /** Ids of the row that belong to the prompt; they come first. */
  readonly promptLength: number;
  /** Ids that were cut away. */
  readonly cut: number;
}

/** The end that a row which is too long loses: `left` its beginning, `right` its end. */
export type Side = 'left' | 'right';

export interface FitLimits {
  readonly maxLength: number;
  readonly side: Side;
  /** A BOS token at the beginning stays where it is. */
  readonly bosTokenId: number | null;
}

/** A row without `cut` of its ids. */
function cutRow(row: TokenRow, cut: number, { side, bosTokenId }: FitLimits): TokenRow {
  if (cut <= 0) return row;
  const length = row.ids.length;
  if (side === 'right') return { ids: row.ids.slice(0, length - cut), trained: row.trained.slice(0, length - cut) };
  const kept = row.ids[0] === bosTokenId && cut < length ? 1 : 0;
  const pick = <T>(list: readonly T[]): T[] => [...list.slice(0, kept), ...list.slice(cut + kept)];
  return { ids: pick(row.ids), trained: pick(row.trained) };
}

/** How many ids a prompt loses at its beginning so that its longest reply fits; at least one id of it stays. */
export function promptCut(promptLength: number, longestReply: number, { maxLength, side }: FitLimits): number {
  if (side === 'right') return 0;
  return Math.max(0, Math.min(promptLength - 1, promptLength + longestReply - maxLength));
}

/**
 * Joins prompt and reply to a row of at most `maxLength` ids: `cutFromPrompt` ids of the prompt's beginning go, and what
 * is still too much at the end.
 */
export function fitRow(prompt: TokenRow, reply: TokenRow, cutFromPrompt: number, limits: FitLimits): FittedRow {
  const head = cutRow(prompt, cutFromPrompt, { ...limits, side: 'left' });
  const whole = { ids: [...head.ids, ...reply.ids], trained: [...head.trained, ...reply.trained] };
  const row = cutRow(whole, whole.ids.length - limits.maxLength, { ...limits, side: 'right' });
  return {
    row,
    promptLength: Math.min(head.ids.length, row.ids.length),
    cut: prompt.ids.length + reply.ids.length - row.ids.length,
  };
}

/** Cuts a row without a prompt at its side. */
export function fitWholeRow(row: TokenRow, limits: FitLimits): FittedRow {
  const cut = Math.max(0, row.ids.length - limits.maxLength);
  return { row: cutRow(row, cut, limits), promptLength: 0, cut };
}
