import type { Tokenizer } from './tokenizer.ts';

export interface RoundTrip {
  readonly text: string;
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly isEqual: boolean;
}

export interface SelfTestReport {
  /** What the test shows and what it does not show, for the user. */
  readonly proves: string;
  readonly roundTrips: readonly RoundTrip[];
  readonly allEqual: boolean;
  /** Whether text that spells the end token stays text. */
  readonly keepsSpecialText: boolean;
}

const TEXTS = [
  'The quick brown fox jumps over the lazy dog.',
  ' Leading space, "quotes", don\'t, 1234567 and\ttabs.\n\nA new paragraph.\r\n',
  'Grüße, 日本語, 한국어, العربية, emoji 👩‍👩‍👧 and math ∑∫√.',
  '    indented = {"code": [1, 2, 3]}',
];

const PROVES =
  'The texts are encoded and then decoded. Getting the same texts back does not prove that their ids match those of ' +
  "Hugging Face: a model folder contains no expected ids for comparison. Instead, Keel's own tests compare every " +
  'step that Keel runs with the Rust library (tokenizers 0.23.1) on 5,000 texts, and Keel rejects any other step by ' +
  'name.';

/**
 * Encodes texts and decodes them again. A difference is not always an error (a normalizer may compose accents, a
 * SentencePiece tokenizer drops a leading space), but the user should see it before training.
 */
export function selfTest(tokenizer: Tokenizer): SelfTestReport {
  const roundTrips = TEXTS.map((text) => {
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    const decoded = tokenizer.decode(ids);
    return { text, ids, decoded, isEqual: decoded === text };
  });
  const spelledOut = tokenizer.encode(tokenizer.tokenOfId(tokenizer.eosTokenId) ?? '', { addSpecialTokens: false });
  return {
    proves: PROVES,
    roundTrips,
    allEqual: roundTrips.every(({ isEqual }) => isEqual),
    keepsSpecialText: !spelledOut.includes(tokenizer.eosTokenId),
  };
}
