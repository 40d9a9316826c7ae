import { KeelError } from '#contract/errors.ts';
import { AddedTokenFinder } from './added-tokens.ts';
import { BpeModel, type WordModel } from './bpe-model.ts';
import { libraryModel } from './foreign-steps.ts';
import { makeNormalizer, makeWordSplitter, type Normalize, type WordSplitter } from './text-to-words.ts';
import type { AddedTokenJson, TokenizerJson } from './tokenizer-json.ts';

export interface StretchOptions {
  /** Read special tokens spelled out in the text as such. */
  readonly allowSpecialText: boolean;
  /** Applied to text between added tokens before anything else. */
  readonly clean?: (text: string) => string;
  /** False when other text of the same sequence stands before. */
  readonly atStart?: boolean;
}

interface Finders {
  /** Tokens found in the text as given. */
  readonly raw: AddedTokenFinder;
  /** Tokens found after normalization. */
  readonly normalized: AddedTokenFinder;
}

function makeFinders(tokens: readonly AddedTokenJson[], normalize: Normalize): Finders {
  const isNormalized = (token: AddedTokenJson) => token.normalized ?? !token.special;
  return {
    raw: new AddedTokenFinder(
      tokens.filter((token) => !isNormalized(token)),
      (token) => token.content,
    ),
    normalized: new AddedTokenFinder(tokens.filter(isNormalized), (token) => normalize(token.content)),
  };
}

/** V8's regular expressions keep a stack entry a character; beyond about 6 million they fail. */
const MAX_CHARACTERS = 4_500_000;

function tooLong(length: number): KeelError {
  return new KeelError({
    code: 'tokenizer.text_too_long',
    why: `A text of ${length} characters is too long to be tokenized in one piece.`,
    fix: `Split it into texts of at most ${MAX_CHARACTERS} characters.`,
  });
}

/** The way from text to ids that a `tokenizer.json` describes: added tokens, normalizer, words, model. */
export class TextEncoding {
  private readonly normalize: Normalize;
  private readonly splitter: WordSplitter;
  private readonly model: WordModel;
  private readonly allTokens: Finders;
  private readonly plainTokens: Finders;

  constructor(json: TokenizerJson) {
    this.normalize = makeNormalizer(json);
    this.splitter = makeWordSplitter(json);
    const isBpe = (json.model.type ?? 'BPE') === 'BPE';
    this.model = isBpe ? new BpeModel(json.model, this.splitter.byteLevel) : libraryModel(json);
    this.allTokens = makeFinders(json.added_tokens, this.normalize);
    const plain = json.added_tokens.filter((token) => !token.special);
    this.plainTokens = makeFinders(plain, this.normalize);
  }

  /** Ids of a stretch of text, without anything around it. Throws `tokenizer.text_too_long`. */
  encode(text: string, options: StretchOptions): number[] {
    if (text.length > MAX_CHARACTERS) throw tooLong(text.length);
    const ids: number[] = [];
    const { raw, normalized } = options.allowSpecialText ? this.allTokens : this.plainTokens;
    const { clean } = options;
    // A guarded special token may be whole again once cleaned, so the second search then looks for plain ones only.
    const inner = clean ? this.plainTokens.normalized : normalized;
    const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
    raw.split(wellFormed).forEach((section, index) => {
      if ('id' in section) ids.push(section.id);
      else this.encodeSection(clean ? clean(section.text) : section.text, inner, index, options, ids);
    });
    return ids;
  }

  private encodeSection(
    text: string,
    finder: AddedTokenFinder,
    index: number,
    options: StretchOptions,
    ids: number[],
  ): void {
    const sectionIndex = options.atStart === false ? index + 1 : index;
    for (const section of finder.split(this.normalize(text))) {
      if ('id' in section) ids.push(section.id);
      else this.encodeWords(this.splitter.split(section.text, sectionIndex), ids);
    }
  }

  private encodeWords(words: readonly string[], ids: number[]): void {
    for (const word of words) {
      // A word may have a million tokens: no spread into push.
      for (const id of this.model.encodeWord(word)) ids.push(id);
    }
  }
}
