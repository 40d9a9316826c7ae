import { KeelError } from '#contract/errors.ts';
import type { Comparison, Demonstration, Judgment, Message, Prompt, Text, TokenRow } from '../../records.ts';
import type { ChatEncoding, Tokenizer } from '../tokenizer.ts';
import { type FitLimits, type FittedRow, fitRow, fitWholeRow, promptCut, type Side } from './fit-row.ts';

/** Which tokens of a demonstration the loss counts. */
export type TrainOn = 'assistant' | 'completion' | 'all';

export interface RowOptions {
  /** Maximum number of ids per row. Default: no limit. */
  readonly maxLength?: number;
  /**
   * What a longer row loses. `left`: the beginning: the prompt is shortened first, and the response loses its end only
   * if the prompt cannot be shortened further. `right`: the end. Default `left`.
   */
  readonly truncationSide?: Side;
}

export interface DemonstrationOptions extends RowOptions {
  /**
   * `assistant` (conversational) and `completion` (prompt-completion) train on what the model should generate, `all` on
   * the prompt as well. Language modeling has no prompt and always trains on all of its text. Default: `assistant` for
   * conversations, `completion` otherwise.
   */
  readonly trainOn?: TrainOn;
}

/** Chosen and rejected as whole rows with the same prompt ids; the responses are trained on. */
export interface ComparisonRows {
  readonly chosen: FittedRow;
  readonly rejected: FittedRow;
  /** Index of the first id that differs; the length of the shorter row if one continues the other. */
  readonly divergence: number;
}

function isConversation(text: Text): text is readonly Message[] {
  return typeof text !== 'string';
}

function mixedForms(): KeelError {
  return new KeelError({
    code: 'dataset.mixed_forms',
    why: 'The prompt is a list of messages and the response is a string, or vice versa.',
    fix: 'Use the same form for both.',
  });
}

/**
 * Ids of a prompt, ready to be continued: BOS if the tokenizer adds one before a text, and for a conversation the
 * header of the assistant's turn.
 */
export function promptIds(tokenizer: Tokenizer, prompt: Text): readonly number[] {
  if (isConversation(prompt)) return tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true }).ids;
  return tokenizer.encode(prompt, { addSpecialTokens: 'prefix' });
}

function startsWith(ids: readonly number[], head: readonly number[]): boolean {
  return head.length <= ids.length && head.every((id, index) => ids[index] === id);
}

/** Ends ids with EOS: appends it, or removes the white space that a chat template writes after it. */
function withEos(ids: readonly number[], tokenizer: Tokenizer): readonly number[] {
  const last = ids.lastIndexOf(tokenizer.eosTokenId);
  const rest = last === -1 ? null : tokenizer.decode(ids.slice(last + 1));
  return rest?.trim() === '' ? ids.slice(0, last + 1) : [...ids, tokenizer.eosTokenId];
}

/**
 * Ids of a response as they follow the prompt's ids in generation. Where tokenizing prompt and response as one text
 * would merge tokens across the boundary, the boundary is kept: a policy that samples never sees the merged form.
 */
function replyIds(tokenizer: Tokenizer, prompt: string, head: readonly number[], reply: string): readonly number[] {
  const joint = tokenizer.encode(prompt + reply, { addSpecialTokens: 'prefix' });
  const tail = startsWith(joint, head)
    ? joint.slice(head.length)
    : tokenizer.encode(reply, { addSpecialTokens: false });
  return withEos(tail, tokenizer);
}

function replyIdsOf(tokenizer: Tokenizer, prompt: Text, head: readonly number[], reply: Text): readonly number[] {
  if (!isConversation(prompt) && !isConversation(reply)) return replyIds(tokenizer, prompt, head, reply);
  if (!isConversation(prompt) || !isConversation(reply)) throw mixedForms();
  const { ids } = tokenizer.applyChatTemplate([...prompt, ...reply]);
  if (startsWith(ids, head)) return withEos(ids.slice(head.length), tokenizer);
  throw new KeelError({
    code: 'tokenizer.template_not_incremental',
    why: 'The chat template renders the prompt differently when a response follows.',
    fix: 'Use a chat template that only appends text for each further turn.',
  });
}

function chatRow({ ids, assistantTokens }: ChatEncoding, trainOn: TrainOn): TokenRow {
  return { ids, trained: trainOn === 'all' ? ids.map(() => true) : assistantTokens };
}

/**
 * The token row of a demonstration.
 * Language modeling: the text and EOS, all trained on. Prompt-completion: the completion and EOS are trained on.
 * Conversation: the assistant's turns are trained on, with the end-of-turn token that the template writes.
 */
export function tokenRowOfDemonstration(
  tokenizer: Tokenizer,
  demonstration: Demonstration,
  options: DemonstrationOptions = {},
): FittedRow {
  const { prompt, completion } = demonstration;
  const limits = limitsOf(tokenizer, options);
  if (prompt !== null) return promptedRow(tokenizer, prompt, completion, limits, options.trainOn === 'all');
  if (isConversation(completion)) {
    return fitWholeRow(chatRow(tokenizer.applyChatTemplate(completion), options.trainOn ?? 'assistant'), limits);
  }
  const ids = withEos(tokenizer.encode(completion, { addSpecialTokens: 'prefix' }), tokenizer);
  return fitWholeRow(evenRow(ids, true), limits);
}

function limitsOf({ bosTokenId }: Tokenizer, options: RowOptions): FitLimits {
  return {
    maxLength: options.maxLength ?? Number.POSITIVE_INFINITY,
    side: options.truncationSide ?? 'left',
    bosTokenId,
  };
}

/** A row in which all ids are trained on, or none. */
function evenRow(ids: readonly number[], isTrained: boolean): TokenRow {
  return { ids, trained: ids.map(() => isTrained) };
}

function promptedRow(
  tokenizer: Tokenizer,
  prompt: Text,
  reply: Text,
  limits: FitLimits,
  promptTrained: boolean,
): FittedRow {
  const head = promptIds(tokenizer, prompt);
  const tail = replyIdsOf(tokenizer, prompt, head, reply);
  const cut = promptCut(head.length, tail.length, limits);
  return fitRow(evenRow(head, promptTrained), evenRow(tail, true), cut, limits);
}

/** The row of a judged completion; its completion and EOS are trained on. */
export function tokenRowOfJudgment(tokenizer: Tokenizer, judgment: Judgment, options: RowOptions = {}): FittedRow {
  return promptedRow(tokenizer, judgment.prompt, judgment.completion, limitsOf(tokenizer, options), false);
}

/** The row of a prompt to be continued; nothing is trained on. */
export function tokenRowOfPrompt(tokenizer: Tokenizer, { prompt }: Prompt, options: RowOptions = {}): FittedRow {
  const fitted = fitWholeRow(evenRow(promptIds(tokenizer, prompt), false), limitsOf(tokenizer, options));
  return { ...fitted, promptLength: fitted.row.ids.length };
}

function divergenceOf(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index;
  return shorter;
}

/** Rows of a comparison: prompt, response, EOS. Both lose the same prompt ids if the longer one does not fit. */
export function tokenRowsOfComparison(
  tokenizer: Tokenizer,
  { prompt, chosen, rejected }: Comparison,
  options: RowOptions = {},
): ComparisonRows {
  const limits = limitsOf(tokenizer, options);
  const head = promptIds(tokenizer, prompt);
  const good = replyIdsOf(tokenizer, prompt, head, chosen);
  const bad = replyIdsOf(tokenizer, prompt, head, rejected);
  const cut = promptCut(head.length, Math.max(good.length, bad.length), limits);
  const rowWith = (tail: readonly number[]) => fitRow(evenRow(head, false), evenRow(tail, true), cut, limits);
  const rows = { chosen: rowWith(good), rejected: rowWith(bad) };
  return { ...rows, divergence: divergenceOf(rows.chosen.row.ids, rows.rejected.row.ids) };
}
