import { KeelError } from '#contract/errors.ts';
import type { Comparison, Demonstration, Message, Text, TokenRow } from '../records.ts';
import type { ChatEncoding, Tokenizer } from './tokenizer.ts';

/** Which tokens of a demonstration the loss counts. */
export type TrainOn = 'assistant' | 'completion' | 'all';

export interface DemonstrationOptions {
  /**
   * `assistant` (conversational) and `completion` (prompt-completion) train on what the model shall say, `all` on the
   * prompt as well. Language modeling has no prompt and always trains on all of its text. Default: `assistant` for
   * conversations, `completion` otherwise.
   */
  readonly trainOn?: TrainOn;
}

/** Chosen and rejected as whole rows; they share their first `promptLength` ids. */
export interface ComparisonRows {
  readonly chosen: TokenRow;
  readonly rejected: TokenRow;
  readonly promptLength: number;
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

function row(head: readonly number[], tail: readonly number[], headTrained: boolean): TokenRow {
  return { ids: [...head, ...tail], trained: [...head.map(() => headTrained), ...tail.map(() => true)] };
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
): TokenRow {
  const { prompt, completion } = demonstration;
  if (prompt === null) {
    if (isConversation(completion))
      return chatRow(tokenizer.applyChatTemplate(completion), options.trainOn ?? 'assistant');
    return row([], withEos(tokenizer.encode(completion, { addSpecialTokens: 'prefix' }), tokenizer), true);
  }
  const head = promptIds(tokenizer, prompt);
  return row(head, replyIdsOf(tokenizer, prompt, head, completion), options.trainOn === 'all');
}

function divergenceOf(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index;
  return shorter;
}

/** Rows of a comparison: prompt, response, EOS; trained are the responses. */
export function tokenRowsOfComparison(tokenizer: Tokenizer, comparison: Comparison): ComparisonRows {
  const { prompt, chosen, rejected } = comparison;
  const head = promptIds(tokenizer, prompt);
  const rows = [chosen, rejected].map((reply) => row(head, replyIdsOf(tokenizer, prompt, head, reply), false));
  const [chosenRow, rejectedRow] = rows as [TokenRow, TokenRow];
  return {
    chosen: chosenRow,
    rejected: rejectedRow,
    promptLength: head.length,
    divergence: divergenceOf(chosenRow.ids, rejectedRow.ids),
  };
}
