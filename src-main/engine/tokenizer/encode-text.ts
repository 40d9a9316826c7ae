import { KeelError } from '#contract/errors.ts';
import { AddedTokenFinder } from './added-tokens.ts';
import { isNormalized, modelTypeOf, type TokenizerJson } from './files/tokenizer-json.ts';
import { BpeModel } from './models/bpe-model.ts';
import { UnigramModel } from './models/unigram-model.ts';
import type { WordModel } from './models/word-model.ts';
import { WordLevelModel, WordPieceModel } from './models/word-piece-model.ts';
import type { Normalize } from './steps/normalize-steps.ts';
import { makeNormalizer, makeWordSplitter, type WordSplitter } from './steps/text-to-words.ts';

export interface StretchOptions {
  /** Reads special tokens spelled out in the text as tokens. */
  readonly allowSpecialText: boolean;
  /** Applied first to text between added tokens. */
  readonly clean?: (text: string) => string;
  /** False if other text of the same sequence precedes it. */
  readonly atStart?: boolean;
}

/** V8's regular expressions use a stack entry per character; beyond about 6 million, they fail. */
const MAX_CHARACTERS = 4_500_000;

function tooLong(length: number): KeelError {
  return new KeelError({
    code: 'tokenizer.text_too_long',
    why: `A text of ${length} characters is too long to be tokenized at once.`,
    fix: `Split it into texts of at most ${MAX_CHARACTERS} characters.`,
  });
}

function makeModel({ model }: TokenizerJson, byteLevel: boolean): WordModel {
  switch (modelTypeOf(model)) {
    case 'Unigram':
      return new UnigramModel(model);
    case 'WordPiece':
      return new WordPieceModel(model);
    case 'WordLevel':
      return new WordLevelModel(model);
    default:
      return new BpeModel(model, byteLevel);
  }
}

/** The conversion from text to ids that a `tokenizer.json` describes: added tokens, normalizer, words, model. */
export class TextEncoding {
  private readonly normalize: Normalize;
  private readonly splitter: WordSplitter;
  private readonly model: WordModel;
  /** Finds tokens in the original text. */
  private readonly rawTokens: AddedTokenFinder;
  /** Finds tokens after normalization. */
  private readonly normalizedTokens: AddedTokenFinder;

  constructor(json: TokenizerJson) {
    this.normalize = makeNormalizer(json);
    this.splitter = makeWordSplitter(json, modelTypeOf(json.model) === 'BPE');
    this.model = makeModel(json, this.splitter.byteLevel);
    const [normalized, raw] = [
      json.added_tokens.filter(isNormalized),
      json.added_tokens.filter((t) => !isNormalized(t)),
    ];
    this.rawTokens = new AddedTokenFinder(raw, (token) => token.content);
    this.normalizedTokens = new AddedTokenFinder(normalized, (token) => this.normalize(token.content));
  }

  /** Ids of a section of text, without any surrounding tokens. Throws `tokenizer.text_too_long`. */
  encode(text: string, options: StretchOptions): number[] {
    if (text.length > MAX_CHARACTERS) throw tooLong(text.length);
    const ids: number[] = [];
    const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
    for (const section of this.rawTokens.split(wellFormed, !options.allowSpecialText)) {
      if ('id' in section) ids.push(section.id);
      else this.encodeSection(section.text, section.atStart && options.atStart !== false, options, ids);
    }
    return ids;
  }

  private encodeSection(text: string, atStart: boolean, { allowSpecialText, clean }: StretchOptions, ids: number[]) {
    // A guarded special token may be complete again after cleaning, so the second search then only looks for plain
    // ones.
    const keepsSpecial = !allowSpecialText || clean !== undefined;
    const normalized = this.normalize(clean ? clean(text) : text);
    for (const section of this.normalizedTokens.split(normalized, keepsSpecial)) {
      if ('id' in section) ids.push(section.id);
      else this.encodeWords(this.splitter.split(section.text, atStart && section.atStart), ids);
    }
  }

  private encodeWords(words: readonly string[], ids: number[]): void {
    for (const word of words) {
      // A word may have a million tokens, so they are not spread into push.
      for (const id of this.model.encodeWord(word)) ids.push(id);
    }
  }
}
