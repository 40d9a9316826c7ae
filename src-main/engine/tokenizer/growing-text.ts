import type { Tokenizer } from './tokenizer.ts';

const INCOMPLETE = '\uFFFD';

/** Returns the text that each further token adds. */
export interface GrowingText {
  /** Text that the token adds; empty while a character is incomplete: its text is returned with its last token. */
  add(id: number): string;
}

/**
 * Follows a text token by token. Decodes the whole text again each time: a decoder may join tokens, so the text of a
 * single token is not what it adds.
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
