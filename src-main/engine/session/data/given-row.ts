import { KeelError } from '#contract/errors.ts';
import { contentText } from '../../message-text.ts';
import type { Comparison, Prompt, Text } from '../../records.ts';
import type { FittedRow } from '../../tokenizer/rows/fit-row.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

/** A response of the dataset, from which a method learns as if the policy had sampled it. */
export interface GivenRow {
  readonly prompt: Prompt;
  /** Ids of the prompt. */
  readonly ids: readonly number[];
  /** Ids of the response, its end included unless it was cut. */
  readonly responseIds: readonly number[];
  /** The response as a reward reads it. */
  readonly response: string;
  /** False for a response that lost its end. */
  readonly endedByStop: boolean;
}

/** The text of a response. Throws `dataset.several_turns` for a conversation that goes on. */
function replyText(reply: Text): string {
  if (typeof reply === 'string') return reply;
  const [turn, ...more] = reply;
  if (turn?.role === 'assistant' && more.length === 0) return contentText(turn);
  throw new KeelError({
    code: 'dataset.several_turns',
    why: 'A response is a conversation of several turns, and a reward scores one turn of the assistant.',
    fix: 'Move all turns but the last into the prompt.',
  });
}

/** One side of a pair as a response to its prompt. Throws `dataset.several_turns`. */
export function givenRow(
  { prompt, template, origin }: Comparison,
  reply: Text,
  { row, promptLength, cutAtEnd }: FittedRow,
): GivenRow {
  return {
    prompt: { kind: 'prompt', prompt, origin, ...(template && { template }) },
    ids: row.ids.slice(0, promptLength),
    responseIds: row.ids.slice(promptLength),
    response: replyText(reply),
    endedByStop: cutAtEnd === 0,
  };
}

/** A response that lost its end, as a reward reads what is left of it. */
export function withWrittenEnd(row: GivenRow, tokenizer: Tokenizer): GivenRow {
  return row.endedByStop ? row : { ...row, response: tokenizer.decode(row.responseIds, { skipSpecialTokens: true }) };
}
