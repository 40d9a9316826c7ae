import type { ModelJson } from '../files/tokenizer-json.ts';
import { hexOfByte } from './byte-tokens.ts';
import type { WordModel } from './word-model.ts';

/** Score difference between the worst token and an unknown character. */
const UNKNOWN_PENALTY = 10;
const encoder = new TextEncoder();

/** The best path to a position in a word: its score, and the token it ends with. */
interface Path {
  score: number;
  /** Index of the token's first character; -1 if no path is known. */
  start: number;
  isUnknown: boolean;
}

/** Unigram (Kudo 2018): the tokens with the highest sum of scores. Adjacent unknown characters form one token. */
export class UnigramModel implements WordModel {
  private readonly ids = new Map<string, number>();
  private readonly scores: readonly number[];
  private readonly unknownId: number;
  private readonly unknownScore: number;
  private readonly longest: number;
  private readonly fallsBack: boolean;

  constructor(model: ModelJson) {
    const entries = model.vocab as unknown as readonly (readonly [string, number])[];
    entries.forEach(([token], id) => {
      this.ids.set(token, id);
    });
    this.scores = entries.map(([, score]) => score);
    this.unknownId = model.unk_id as number;
    this.unknownScore = this.scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY;
    this.longest = entries.reduce((most, [token]) => Math.max(most, [...token].length), 1);
    this.fallsBack = model.byte_fallback === true;
  }

  encodeWord(word: string): readonly number[] {
    return this.piecesOf([...word]).flatMap((piece) => this.ids.get(piece) ?? this.idsOfUnknown(piece));
  }

  private idsOfUnknown(piece: string): number[] {
    const bytes = this.fallsBack ? Array.from(encoder.encode(piece), (byte) => this.ids.get(hexOfByte(byte))) : [];
    return bytes.length > 0 && bytes.every((id) => id !== undefined) ? bytes : [this.unknownId];
  }

  private piecesOf(chars: readonly string[]): string[] {
    const paths = Array.from({ length: chars.length + 1 }, (): Path => ({ score: 0, start: -1, isUnknown: false }));
    for (let start = 0; start < chars.length; start++) this.extend(paths, chars, start);
    const pieces: string[] = [];
    let unknown = '';
    for (let end = chars.length; end > 0; end = (paths[end] as Path).start) {
      const { start, isUnknown } = paths[end] as Path;
      const piece = chars.slice(start, end).join('');
      if (isUnknown) unknown = piece + unknown;
      else {
        if (unknown !== '') pieces.push(unknown);
        unknown = '';
        pieces.push(piece);
      }
    }
    if (unknown !== '') pieces.push(unknown);
    return pieces.reverse();
  }

  /** Tries every token that starts at a position. Among equal scores, the first one found is kept. */
  private extend(paths: Path[], chars: readonly string[], start: number): void {
    const { score } = paths[start] as Path;
    const offer = (end: number, gain: number, isUnknown: boolean) => {
      const path = paths[end] as Path;
      if (path.start === -1 || score + gain > path.score)
        Object.assign(path, { score: score + gain, start, isUnknown });
    };
    let piece = '';
    let isKnown = false;
    for (let end = start + 1; end <= chars.length && end - start <= this.longest; end++) {
      piece += chars[end - 1];
      const id = this.ids.get(piece);
      if (id === undefined) continue;
      if (end === start + 1) isKnown = true;
      offer(end, this.scores[id] as number, id === this.unknownId);
    }
    if (!isKnown) offer(start + 1, this.unknownScore, true);
  }
}
