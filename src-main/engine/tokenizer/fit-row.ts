import type { TokenRow } from '../records.ts';

/** A row as it enters training, and what was cut off to make it fit. */
export interface FittedRow {
  readonly row: TokenRow;
  /** Ids of the row that belong to the prompt; they come first. */
  readonly promptLength: number;
  /** Ids that were cut away. */
  readonly cut: number;
}

/** Drops ids from a prompt's beginning, as the last turns matter most; a BOS token stays where it is. */
export function cutPrompt(prompt: readonly number[], cut: number, bosTokenId: number | null): readonly number[] {
  if (cut <= 0) return prompt;
  const keepsFirst = prompt.length > 0 && prompt[0] === bosTokenId && cut < prompt.length;
  return keepsFirst ? [prompt[0] as number, ...prompt.slice(cut + 1)] : prompt.slice(cut);
}

/** How many ids of a prompt have to go so that its longest reply fits; at least one id of it stays. */
export function promptCut(promptLength: number, longestReply: number, maxLength: number): number {
  return Math.max(0, Math.min(promptLength - 1, promptLength + longestReply - maxLength));
}

export interface FitOptions {
  readonly maxLength: number;
  /** Ids to drop from the prompt's beginning. */
  readonly cutFromPrompt: number;
  readonly promptTrained: boolean;
  readonly bosTokenId: number | null;
}

/** Joins prompt and reply to a row of at most `maxLength` ids. What the shorter prompt leaves over is cut from the end. */
export function fitRow(prompt: readonly number[], reply: readonly number[], options: FitOptions): FittedRow {
  const head = cutPrompt(prompt, options.cutFromPrompt, options.bosTokenId);
  const ids = [...head, ...reply].slice(0, options.maxLength);
  return {
    row: { ids, trained: ids.map((_, index) => options.promptTrained || index >= head.length) },
    promptLength: head.length,
    cut: prompt.length + reply.length - ids.length,
  };
}

/** Cuts a row without a prompt at its end. */
export function fitWholeRow(row: TokenRow, maxLength: number): FittedRow {
  const cut = Math.max(0, row.ids.length - maxLength);
  const kept = cut === 0 ? row : { ids: row.ids.slice(0, maxLength), trained: row.trained.slice(0, maxLength) };
  return { row: kept, promptLength: 0, cut };
}
