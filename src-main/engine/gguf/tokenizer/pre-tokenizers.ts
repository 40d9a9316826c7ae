/** The steps of tokenizer.json before the model, by `tokenizer.ggml.pre`. */
export interface PreTokenizer {
  readonly normalizer: object | null;
  readonly steps: object;
  /** A word that is a token is not split by merges. */
  readonly ignoresMerges?: boolean;
  /** Whether a text starts with BOS if the file does not say so. */
  readonly addsBos?: boolean;
  /** Texts that llama.cpp gives other tokens, for whoever exports the tokenizer. */
  readonly differs?: string;
}

const MARKS = 'words with combining marks, such as those of Thai and Hindi';
const DECOMPOSED = 'text that is not in Unicode normalization form C';

const byteLevel = (splits: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: splits,
});

const splitting = (pattern: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
});

const NFC = { type: 'NFC' };
const GPT2: PreTokenizer = { normalizer: null, steps: byteLevel(true) };

/** GPT-2's splits, with each digit a word of its own. */
const DIGITS: PreTokenizer = {
  normalizer: null,
  steps: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)] },
};

/** Words, digits in groups of up to `digits`, punctuation, and space. */
const words = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const LLAMA3: PreTokenizer = {
  normalizer: null,
  steps: splitting(words('\\p{N}{1,3}')),
  ignoresMerges: true,
  addsBos: true,
};

const QWEN2: PreTokenizer = { normalizer: NFC, steps: splitting(words('\\p{N}')), differs: DECOMPOSED };

/** Words of one case pattern; `endings` are English ones that belong to the word before. */
const casedWords = (digits: string, endings: string) =>
  [
    `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+${endings}`,
    `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*${endings}`,
    `${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ].join('|');

const ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

/** Source: the tokenizer.json files that llama.cpp's converter recognizes under these names. */
export const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  'gpt-2': GPT2,
  olmo: { ...GPT2, normalizer: NFC, differs: DECOMPOSED },
  smollm: DIGITS,
  starcoder: DIGITS,
  'llama-bpe': LLAMA3,
  qwen2: QWEN2,
  dbrx: { normalizer: null, steps: splitting(words('\\p{N}{1,3}')) },
  tekken: {
    normalizer: null,
    steps: splitting(casedWords('\\p{N}', '')),
    ignoresMerges: true,
    addsBos: true,
    differs: MARKS,
  },
  'gpt-4o': { normalizer: null, steps: splitting(casedWords('\\p{N}{1,3}', ENDINGS)), differs: MARKS },
};

/** What an older file without `tokenizer.ggml.pre` means, by architecture. */
export const FORMER: Readonly<Record<string, PreTokenizer>> = {
  gpt2: GPT2,
  gptneox: { ...GPT2, normalizer: NFC },
  qwen2: QWEN2,
};
