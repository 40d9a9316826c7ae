import type { Tokenizer } from '../tokenizer.ts';

/** How a response ends in a row: with one of `ids`; `append` is added to a response without one. */
export interface ResponseEnds {
  readonly append: number;
  readonly ids: readonly number[];
}

/**
 * The ends of responses. A completion without an end gets the token that ends the assistant's turn in the chat
 * template, as the assistant's turns of a conversation do, and without such a token EOS. Both are stop tokens wherever
 * Keel or transformers generates. TRL gives the same rows if its `eos_token` is the end of a turn.
 */
export function responseEndsOf({ stopTokens, eosTokenId }: Tokenizer): ResponseEnds {
  return { append: stopTokens.turnEndId ?? eosTokenId, ids: stopTokens.ids };
}

/** EOS alone: the end of a text without turns, and, in earlier versions, of every response. */
export function eosEndsOf({ eosTokenId }: Tokenizer): ResponseEnds {
  return { append: eosTokenId, ids: [eosTokenId] };
}

/**
 * Number of ids of a response up to its end: the first of the different stop tokens that stand at its end, white space
 * between and after them aside. Null if it does not end in a stop token.
 */
export function lengthToEnd(
  response: readonly number[],
  tokenizer: Pick<Tokenizer, 'decode'>,
  ends: readonly number[],
): number | null {
  let length: number | null = null;
  let rest = response.length;
  for (let index = response.length - 1; index >= 0; index--) {
    const id = response[index] as number;
    if (!ends.includes(id)) continue;
    const isRepeated = length !== null && id === response[length - 1];
    if (isRepeated || tokenizer.decode(response.slice(index + 1, rest)).trim() !== '') break;
    length = index + 1;
    rest = index;
  }
  return length;
}

/**
 * Ends the ids of a response: removes what a chat template writes after its end, such as a line break or another stop
 * token, or appends the end where there is none.
 */
export function withEnd(ids: readonly number[], tokenizer: Tokenizer, ends: ResponseEnds): readonly number[] {
  const length = lengthToEnd(ids, tokenizer, ends.ids);
  return length === null ? [...ids, ends.append] : ids.slice(0, length);
}
