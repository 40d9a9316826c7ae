import { KeelError } from '#contract/errors.ts';
import type { Comparison, Demonstration, Judgment, Message, Prompt, Text, TokenRow } from '../records.ts';
import { cutPrompt, type FittedRow, fitRow, fitWholeRow, promptCut } from './fit-row.ts';
import type { ChatEncoding, Tokenizer } from './tokenizer.ts';

/** Which tokens of a demonstration the loss counts. */
export type TrainOn = 'assistant' | 'completion' | 'all';

export interface RowOptions {
  /** Ids that a row may have. Prompts lose their beginning first, then replies their end. Default: no limit. */
  readonly maxLength?: number;
}

export interface DemonstrationOptions extends RowOptions {
  /**
   * `assistant` (conversational) and `completion` (prompt-completion) train on what the model shall say, `all` on the
   * prompt as well. Language modeling has no prompt and always trains on all of its text. Default: `assistant` for
   * conversations, `completion` otherwise.
   */
  readonly trainOn?: TrainOn;
}

/** Chosen and rejected as whole rows with the same prompt ids; trained are the replies. */
export interface ComparisonRows {
  readonly chosen: FittedRow;
  readonly rejected: FittedRow;
  /** Index of the first id that differs; the length of the shorter row when one continues the other. */
  readonly divergence: number;
}

function isConversation(text: Text): text is readonly Message[] {
  return typeof text !== 'string';
}

function mixedForms(): KeelError {
  return new KeelError({
    code: 'dataset.mixed_forms',
    why: 'The prompt is a list of messages and the reply a string, or the other way round.',
    fix: 'Use one form for both.',
  });
}

/**
 * Ids of a prompt, ready to be continued: BOS if the tokenizer puts one before a text, and for a conversation the
 * header of the assistant's turn.
 */
export function promptIds(tokenizer: Tokenizer, prompt: Text): readonly number[] {
  if (isConversation(prompt)) return tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true }).ids;
  return tokenizer.encode(prompt, { addSpecialTokens: 'prefix' });
}

function startsWith(ids: readonly number[], head: readonly number[]): boolean {
  return head.length <= ids.length && head.every((id, index) => ids[index] === id);
}

/** Ends ids with EOS: adds it, or cuts the white space that a chat template writes behind it. */
function withEos(ids: readonly number[], tokenizer: Tokenizer): readonly number[] {
  const last = ids.lastIndexOf(tokenizer.eosTokenId);
  const rest = last === -1 ? null : tokenizer.decode(ids.slice(last + 1));
  return rest?.trim() === '' ? ids.slice(0, last + 1) : [...ids, tokenizer.eosTokenId];
}

/**
 * Ids of a reply as they follow the prompt's ids in generation. Where tokenizing prompt and reply as one text would
 * merge across the seam, the seam is kept: a policy that samples never sees the merged form.
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
    why: 'The chat template renders the prompt differently when a reply follows.',
    fix: 'Use a chat template that only appends text for a further turn.',
  });
}

function chatRow({ ids, assistantTokens }: ChatEncoding, trainOn: TrainOn): TokenRow {
  return { ids, trained: trainOn === 'all' ? ids.map(() => true) : assistantTokens };
}

/**
 * The token row of a demonstration.
 * Language modeling: the text and EOS, all trained. Prompt-completion: the completion and EOS trained. Conversation: the
 * assistant's turns trained, with the end of turn that the template writes.
 */
export function tokenRowOfDemonstration(
  tokenizer: Tokenizer,
  demonstration: Demonstration,
  options: DemonstrationOptions = {},
): FittedRow {
  const { prompt, completion } = demonstration;
  const { maxLength = Number.POSITIVE_INFINITY, trainOn } = options;
  if (prompt !== null) return promptedRow(tokenizer, prompt, completion, maxLength, trainOn === 'all');
  if (isConversation(completion)) {
    return fitWholeRow(chatRow(tokenizer.applyChatTemplate(completion), trainOn ?? 'assistant'), maxLength);
  }
  const ids = withEos(tokenizer.encode(completion, { addSpecialTokens: 'prefix' }), tokenizer);
  return fitWholeRow({ ids, trained: ids.map(() => true) }, maxLength);
}

function promptedRow(
  tokenizer: Tokenizer,
  prompt: Text,
  reply: Text,
  maxLength: number,
  promptTrained: boolean,
): FittedRow {
  const head = promptIds(tokenizer, prompt);
  const tail = replyIdsOf(tokenizer, prompt, head, reply);
  const cutFromPrompt = promptCut(head.length, tail.length, maxLength);
  return fitRow(head, tail, { maxLength, cutFromPrompt, promptTrained, bosTokenId: tokenizer.bosTokenId });
}

/** The row of a judged completion; its completion and EOS are trained. */
export function tokenRowOfJudgment(tokenizer: Tokenizer, judgment: Judgment, options: RowOptions = {}): FittedRow {
  const { prompt, completion } = judgment;
  return promptedRow(tokenizer, prompt, completion, options.maxLength ?? Number.POSITIVE_INFINITY, false);
}

/** The row of a prompt that is to be continued; nothing is trained. A long prompt loses its beginning. */
export function tokenRowOfPrompt(tokenizer: Tokenizer, { prompt }: Prompt, options: RowOptions = {}): FittedRow {
  const whole = promptIds(tokenizer, prompt);
  const cut = Math.max(0, whole.length - (options.maxLength ?? Number.POSITIVE_INFINITY));
  const ids = cutPrompt(whole, cut, tokenizer.bosTokenId);
  return { row: { ids, trained: ids.map(() => false) }, promptLength: ids.length, cut };
}

function divergenceOf(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index;
  return shorter;
}

/** Rows of a comparison: prompt, reply, EOS. Both lose the same ids of the prompt when the longer one does not fit. */
export function tokenRowsOfComparison(
  tokenizer: Tokenizer,
  { prompt, chosen, rejected }: Comparison,
  { maxLength = Number.POSITIVE_INFINITY }: RowOptions = {},
): ComparisonRows {
  const head = promptIds(tokenizer, prompt);
  const good = replyIdsOf(tokenizer, prompt, head, chosen);
  const bad = replyIdsOf(tokenizer, prompt, head, rejected);
  const cutFromPrompt = promptCut(head.length, Math.max(good.length, bad.length), maxLength);
  const options = { maxLength, cutFromPrompt, promptTrained: false, bosTokenId: tokenizer.bosTokenId };
  const rows = { chosen: fitRow(head, good, options), rejected: fitRow(head, bad, options) };
  return { ...rows, divergence: divergenceOf(rows.chosen.row.ids, rows.rejected.row.ids) };
}
