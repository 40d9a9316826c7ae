import { KeelError } from '#contract/errors.ts';
import type {
  Comparison,
  Demonstration,
  Judgment,
  Message,
  Prompt,
  TemplateInputs,
  Text,
  TokenRow,
} from '../../records.ts';
import type { ChatEncoding, Tokenizer } from '../tokenizer.ts';
import { type FitLimits, type FittedRow, fitRow, fitWholeRow, promptCut, type Side } from './fit-row.ts';
import { eosEndsOf, type ResponseEnds, responseEndsOf, withEnd } from './response-ends.ts';
import { type Chat, type ChatRow, expandedTurns, type MultiTurn, trainedReply, trainedTurns } from './trained-turns.ts';

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
  /** How responses end. Default: {@link responseEndsOf} the tokenizer. */
  readonly ends?: ResponseEnds;
}

export interface DemonstrationOptions extends RowOptions {
  /**
   * `assistant` (conversational) and `completion` (prompt-completion) train on what the model should generate, `all` on
   * the prompt as well. Language modeling has no prompt and always trains on all of its text. Default: `assistant` for
   * conversations, `completion` otherwise.
   */
  readonly trainOn?: TrainOn;
  /** Default `unchanged`. */
  readonly multiTurn?: MultiTurn;
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
export function promptIds(tokenizer: Tokenizer, prompt: Text, template?: TemplateInputs): readonly number[] {
  if (isConversation(prompt)) return tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true, template }).ids;
  return tokenizer.encode(prompt, { addSpecialTokens: 'prefix' });
}

function startsWith(ids: readonly number[], head: readonly number[]): boolean {
  return head.length <= ids.length && head.every((id, index) => ids[index] === id);
}

/**
 * Ids of a response as they follow the prompt's ids in generation. Where tokenizing prompt and response as one text
 * would merge tokens across the boundary, the boundary is kept: a policy that samples never sees the merged form.
 */
function replyIds(tokenizer: Tokenizer, prompt: string, head: readonly number[], reply: string): readonly number[] {
  const joint = tokenizer.encode(prompt + reply, { addSpecialTokens: 'prefix' });
  return startsWith(joint, head) ? joint.slice(head.length) : tokenizer.encode(reply, { addSpecialTokens: false });
}

/** Ids of prompt and response, as they follow each other. */
interface PromptedIds {
  readonly head: readonly number[];
  readonly tail: readonly number[];
  /** The message of each id of the response, as far as the template tells; empty for text. */
  readonly turns: ChatEncoding['turns'];
}

/** A record's prompt and one of its responses. */
interface Prompted {
  readonly prompt: Text;
  readonly reply: Text;
  readonly template?: TemplateInputs | undefined;
}

/**
 * Number of ids that a conversation and its prompt begin with if the template shows the prompt differently when a
 * response follows (an open `<think>`). As in TRL, they are the prompt; here it ends with a line or a special token.
 */
function sharedHead(tokenizer: Tokenizer, ids: readonly number[], head: readonly number[]): number {
  let shared = 0;
  while (shared < ids.length && ids[shared] === head[shared]) shared++;
  const isEnd = (id: number) => tokenizer.isSpecial(id) || tokenizer.decode([id]).endsWith('\n');
  return ids.slice(0, shared).findLastIndex(isEnd) + 1;
}

/** Ids of a prompt and of a response with its end. */
function promptedIds(tokenizer: Tokenizer, prompted: Prompted, { ends }: RowOptions): PromptedIds {
  const { head, tail, turns } = unendedIds(tokenizer, prompted);
  return { head, turns, tail: withEnd(tail, tokenizer, ends ?? responseEndsOf(tokenizer)) };
}

function unendedIds(tokenizer: Tokenizer, { prompt, reply, template }: Prompted): PromptedIds {
  if (isConversation(prompt) !== isConversation(reply)) throw mixedForms();
  const head = promptIds(tokenizer, prompt, template);
  if (!isConversation(prompt) || !isConversation(reply)) {
    return { head, tail: replyIds(tokenizer, prompt as string, head, reply as string), turns: [] };
  }
  const { ids, turns } = tokenizer.applyChatTemplate([...prompt, ...reply], { template });
  const length = startsWith(ids, head) ? head.length : sharedHead(tokenizer, ids, head);
  return { head: ids.slice(0, length), tail: ids.slice(length), turns: turns.slice(length) };
}

/**
 * The token rows of a demonstration; several only for a conversation that is expanded to one row for each turn.
 * Language modeling: the text and EOS, all trained on. Prompt-completion: the completion and its end are trained on.
 * Conversation: the assistant's turns are trained on, with what the template writes after them.
 */
export function tokenRowsOfDemonstration(
  tokenizer: Tokenizer,
  demonstration: Demonstration,
  options: DemonstrationOptions = {},
): readonly FittedRow[] {
  const { prompt, completion, template } = demonstration;
  const limits = limitsOf(tokenizer, options);
  if (prompt === null && isConversation(completion)) {
    return chatRows(tokenizer, { messages: completion, template }, options).map(({ row, untrained }) => ({
      ...fitWholeRow(row, limits),
      untrained,
    }));
  }
  if (prompt !== null) {
    return [promptedRow(tokenizer, { prompt, reply: completion, template }, options)];
  }
  const text = tokenizer.encode(completion as string, { addSpecialTokens: 'prefix' });
  const ids = withEnd(text, tokenizer, eosEndsOf(tokenizer));
  return [fitWholeRow(evenRow(ids, true), limits)];
}

/** The single token row of a demonstration that is not expanded. */
export function tokenRowOfDemonstration(
  tokenizer: Tokenizer,
  demonstration: Demonstration,
  options: Omit<DemonstrationOptions, 'multiTurn'> = {},
): FittedRow {
  return tokenRowsOfDemonstration(tokenizer, demonstration, options)[0] as FittedRow;
}

const NO_TURNS = { empty: 0, weightless: 0, changed: 0 };

function chatRows(
  tokenizer: Tokenizer,
  chat: Chat,
  { trainOn = 'assistant', multiTurn = 'unchanged' }: DemonstrationOptions,
): readonly ChatRow[] {
  const expanded = multiTurn === 'expand' && trainOn !== 'all' ? expandedTurns(tokenizer, chat) : null;
  if (expanded !== null && expanded.length > 0) return expanded;
  const encoding = tokenizer.applyChatTemplate(chat.messages, chat);
  if (trainOn === 'all') return [{ row: evenRow(encoding.ids, true), untrained: NO_TURNS }];
  return [trainedTurns(tokenizer, chat, encoding, multiTurn)];
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

function promptedRow(tokenizer: Tokenizer, prompted: Prompted, options: DemonstrationOptions): FittedRow {
  const limits = limitsOf(tokenizer, options);
  const { head, tail, turns } = promptedIds(tokenizer, prompted, options);
  const cut = promptCut(head.length, tail.length, limits);
  const { prompt, reply, template } = prompted;
  const isAll = options.trainOn === 'all';
  if (isAll || !isConversation(prompt) || !isConversation(reply)) {
    return fitRow(evenRow(head, isAll), evenRow(tail, true), cut, limits);
  }
  const chat = { messages: [...prompt, ...reply], template };
  const multiTurn = options.multiTurn ?? 'unchanged';
  const { trained, untrained } = trainedReply(tokenizer, chat, turns, multiTurn, prompt.length);
  const response = { ids: tail, trained: tail.map((_, index) => trained(index)) };
  return { ...fitRow(evenRow(head, false), response, cut, limits), untrained };
}

/** The row of a judged completion; its completion and its end are trained on. */
export function tokenRowOfJudgment(tokenizer: Tokenizer, judgment: Judgment, options: RowOptions = {}): FittedRow {
  const { prompt, completion: reply, template } = judgment;
  return promptedRow(tokenizer, { prompt, reply, template }, options);
}

/** The row of a prompt to be continued; nothing is trained on. */
export function tokenRowOfPrompt(
  tokenizer: Tokenizer,
  { prompt, template }: Prompt,
  options: RowOptions = {},
): FittedRow {
  const fitted = fitWholeRow(evenRow(promptIds(tokenizer, prompt, template), false), limitsOf(tokenizer, options));
  return { ...fitted, promptLength: fitted.row.ids.length };
}

function divergenceOf(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index;
  return shorter;
}

/** Rows of a comparison: prompt, response, and its end. Both lose the same prompt ids if the longer one does not fit. */
export function tokenRowsOfComparison(
  tokenizer: Tokenizer,
  { prompt, chosen, rejected, template }: Comparison,
  options: RowOptions = {},
): ComparisonRows {
  const limits = limitsOf(tokenizer, options);
  const good = promptedIds(tokenizer, { prompt, reply: chosen, template }, options);
  const bad = promptedIds(tokenizer, { prompt, reply: rejected, template }, options);
  const longest = Math.max(...[good, bad].map(({ head, tail }) => head.length + tail.length));
  const shorterHead = Math.min(good.head.length, bad.head.length);
  const cut = promptCut(shorterHead, longest - shorterHead, limits);
  const rowWith = ({ head, tail }: PromptedIds) => fitRow(evenRow(head, false), evenRow(tail, true), cut, limits);
  const rows = { chosen: rowWith(good), rejected: rowWith(bad) };
  return { ...rows, divergence: divergenceOf(rows.chosen.row.ids, rows.rejected.row.ids) };
}
