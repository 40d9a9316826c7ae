import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { AddedTokenJson, TokenizerJson } from '../files/tokenizer-json.ts';
import { splitIsolated } from '../steps/split-behavior.ts';
import { compilePattern, GPT2_PATTERN } from '../steps/split-patterns.ts';
import { BYTE_TO_CHAR } from './byte-alphabet.ts';
import { type CountedWord, learnMerges } from './learn-merges.ts';

export interface TrainBpeOptions {
  /** Number of tokens in the vocabulary, special tokens and the 256 bytes included. */
  readonly vocabSize: number;
  /** Ends every text; id 0. Default `<|endoftext|>`. */
  readonly eosToken?: string;
  /** Fills batches; id 1, so that it is never the end token. Default `<|pad|>`. */
  readonly padToken?: string;
  /** Additional special tokens, such as those of a chat template; ids from 2 on. */
  readonly extraSpecialTokens?: readonly string[];
  readonly chatTemplate?: string;
  /** Pairs that occur less often are not merged. Default 2. */
  readonly minFrequency?: number;
  /** Longest input of the model, for tokenizer_config.json. */
  readonly modelMaxLength?: number;
}

/** A trained tokenizer as the contents of its files. */
export interface TrainedTokenizer {
  readonly tokenizerJson: TokenizerJson & Readonly<Record<string, unknown>>;
  readonly tokenizerConfig: Readonly<Record<string, unknown>>;
  /** Number of tokens created; fewer than requested if the corpus has no more pairs to merge. */
  readonly vocabSize: number;
}

const encoder = new TextEncoder();

function countWords(texts: Iterable<string>): Map<string, number> {
  const pattern = compilePattern(GPT2_PATTERN);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of splitIsolated(text.toWellFormed(), pattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** The vocabulary during training: special tokens, then the byte alphabet by character, then merges. */
class GrowingVocabulary {
  readonly tokens: string[];
  readonly ids: Map<string, number>;
  readonly idOfByte: readonly number[];

  constructor(specials: readonly string[]) {
    this.tokens = [...specials, ...[...BYTE_TO_CHAR].sort()];
    this.ids = new Map(this.tokens.map((token, id) => [token, id]));
    this.idOfByte = BYTE_TO_CHAR.map((char) => this.ids.get(char) as number);
  }

  /** Id of two joined tokens; a new id if no token has this text. */
  join(left: number, right: number): number {
    const token = `${this.tokens[left]}${this.tokens[right]}`;
    const known = this.ids.get(token);
    if (known !== undefined) return known;
    this.ids.set(token, this.tokens.length);
    return this.tokens.push(token) - 1;
  }
}

function tooSmall(vocabSize: number, least: number): KeelError {
  return new KeelError({
    code: 'tokenizer.vocabulary_too_small',
    why: `A byte-level vocabulary of ${vocabSize} tokens is too small for the 256 bytes and the special tokens.`,
    fix: `Set a vocabulary size of at least ${least} tokens.`,
  });
}

function toTokenizerJson(
  specials: readonly string[],
  vocabulary: GrowingVocabulary,
  merges: readonly [string, string][],
) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const added: AddedTokenJson[] = specials.map((content, id) => {
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.ids),
      merges,
    },
  };
}

/**
 * Trains a byte-level BPE tokenizer like GPT-2's. The same texts give the same tokenizer, regardless of their order.
 * Throws `tokenizer.vocabulary_too_small`.
 */
export function trainByteLevelBpe(texts: Iterable<string>, options: TrainBpeOptions): TrainedTokenizer {
  const { eosToken = '<|endoftext|>', padToken = '<|pad|>', extraSpecialTokens = [], vocabSize } = options;
  const specials = [...new Set([eosToken, padToken, ...extraSpecialTokens])];
  const vocabulary = new GrowingVocabulary(specials);
  if (vocabSize < vocabulary.tokens.length) throw tooSmall(vocabSize, vocabulary.tokens.length);
  const words: CountedWord[] = [...countWords(texts)].map(([word, count]) => ({
    symbols: Array.from(encoder.encode(word), (byte) => vocabulary.idOfByte[byte] as number),
    count,
  }));
  const merge = (left: number, right: number) => {
    return vocabulary.tokens.length >= vocabSize ? null : vocabulary.join(left, right);
  };
  const learned = learnMerges(words, merge, options.minFrequency ?? 2);
  const merges = learned.map(({ left, right }): [string, string] => [
    vocabulary.tokens[left] as string,
    vocabulary.tokens[right] as string,
  ]);
  return {
    tokenizerJson: toTokenizerJson(specials, vocabulary, merges),
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      eos_token: eosToken,
      bos_token: eosToken,
      unk_token: eosToken,
      pad_token: padToken,
      clean_up_tokenization_spaces: false,
      ...(extraSpecialTokens.length > 0 && { additional_special_tokens: extraSpecialTokens }),
      ...(options.modelMaxLength !== undefined && { model_max_length: options.modelMaxLength }),
      ...(options.chatTemplate !== undefined && { chat_template: options.chatTemplate }),
    },
    vocabSize: vocabulary.tokens.length,
  };
}

/** Writes tokenizer.json and tokenizer_config.json into a folder, which is created if it does not exist. */
export function writeTrainedTokenizer(folder: string, trained: TrainedTokenizer): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(trained.tokenizerJson, null, 2)}\n`);
  writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify(trained.tokenizerConfig, null, 2)}\n`);
}
