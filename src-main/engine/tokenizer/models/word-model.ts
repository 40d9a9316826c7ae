/** Turns one word (a piece that the pre-tokenizer cut) into token ids. */
export interface WordModel {
  encodeWord(word: string): readonly number[];
}
