import type { ModelJson } from '../files/tokenizer-json.ts';
import type { WordModel } from './word-model.ts';

/**
 * WordPiece: from the left, the longest token each time; a word with a part that matches no token is unknown as a
 * whole.
 */
export class WordPieceModel implements WordModel {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly unknownId: number;
  private readonly prefix: string;
  private readonly maxCharacters: number;
  /** Length of the longest token in characters, so that a long word needs at most that many tries per position. */
  private readonly longest: number;

  constructor(model: ModelJson) {
    this.ids = new Map(Object.entries(model.vocab));
    this.unknownId = this.ids.get(model.unk_token as string) as number;
    this.prefix = String(model.continuing_subword_prefix);
    this.maxCharacters = Number(model.max_input_chars_per_word);
    this.longest = [...this.ids.keys()].reduce((most, token) => Math.max(most, [...token].length), 1);
  }

  encodeWord(word: string): readonly number[] {
    const chars = [...word];
    if (chars.length > this.maxCharacters) return [this.unknownId];
    const pieces: number[] = [];
    for (let start = 0; start < chars.length; ) {
      const [id, end] = this.longestFrom(chars, start);
      if (id === undefined) return [this.unknownId];
      pieces.push(id);
      start = end;
    }
    return pieces;
  }

  private longestFrom(chars: readonly string[], start: number): readonly [number | undefined, number] {
    let found: number | undefined;
    let foundEnd = start;
    let piece = start === 0 ? '' : this.prefix;
    for (let end = start + 1; end <= Math.min(chars.length, start + this.longest); end++) {
      piece += chars[end - 1];
      const id = this.ids.get(piece);
      if (id === undefined) continue;
      found = id;
      foundEnd = end;
    }
    return [found, foundEnd];
  }
}

/** WordLevel: one token per known word, and one token for all others. */
export class WordLevelModel implements WordModel {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly unknownId: number;

  constructor(model: ModelJson) {
    this.ids = new Map(Object.entries(model.vocab));
    this.unknownId = this.ids.get(model.unk_token as string) as number;
  }

  encodeWord(word: string): readonly number[] {
    return [this.ids.get(word) ?? this.unknownId];
  }
}
