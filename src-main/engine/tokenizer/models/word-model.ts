/** Converts one word (a piece cut by the pre-tokenizer) to token ids. */
export interface WordModel {
  encodeWord(word: string): readonly number[];
}
