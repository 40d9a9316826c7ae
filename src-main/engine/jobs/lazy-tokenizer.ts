import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { readingSpecials, type SpecialTokens } from '../tokenizer/special-text.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** The tokenizer of a folder, opened on first use: rows of ids need none. */
export function lazyTokenizer(folder: string, specialTokens: SpecialTokens): () => Tokenizer {
  let opened: Tokenizer | null = null;
  return () => {
    opened ??= readingSpecials(loadTokenizer(folder), specialTokens);
    return opened;
  };
}
