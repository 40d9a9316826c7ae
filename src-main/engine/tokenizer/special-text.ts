import type { Tokenizer } from './tokenizer.ts';

/** What becomes of text that spells a special token: ordinary text, or that token (as `tokenizer(text)` does). */
export type SpecialTokens = 'text' | 'parse';

/** A tokenizer that reads spelled-out special tokens as a setting says; a call that says otherwise wins. */
export function readingSpecials(tokenizer: Tokenizer, setting: SpecialTokens): Tokenizer {
  if (setting === 'text') return tokenizer;
  return {
    ...tokenizer,
    encode: (text, options) => tokenizer.encode(text, { allowSpecialText: true, ...options }),
    applyChatTemplate: (messages, options) =>
      tokenizer.applyChatTemplate(messages, { allowSpecialText: true, ...options }),
  };
}
