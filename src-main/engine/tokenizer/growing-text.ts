import type { Tokenizer } from './tokenizer.ts';

const INCOMPLETE = '\uFFFD';

/** What each further token adds to a text. */
export interface GrowingText {
  /** Text that the token adds; empty while it leaves a character incomplete, whose text comes with its last token. */
  add(id: number): string;
}

/**
 * Follows a text token by token. Each time all of it is decoded again: a decoder may join tokens, so the text of a token
 * alone is not what it adds.
 */
export function createGrowingText(tokenizer: Pick<Tokenizer, 'decode'>): GrowingText {
  const ids: number[] = [];
  let told = 0;
  return {
    add(id) {
      ids.push(id);
      const text = tokenizer.decode(ids, { skipSpecialTokens: true });
      if (text.endsWith(INCOMPLETE)) return '';
      const added = text.slice(told);
      told = Math.max(told, text.length);
      return added;
    },
  };
}
