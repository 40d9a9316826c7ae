import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** The tokenizer of a folder, opened on first use: rows of ids need none. */
export function lazyTokenizer(folder: string): () => Tokenizer {
  let opened: Tokenizer | null = null;
  return () => {
    opened ??= loadTokenizer(folder);
    return opened;
  };
}
