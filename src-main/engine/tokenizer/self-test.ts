import type { Tokenizer } from './tokenizer.ts';

export interface RoundTrip {
  readonly text: string;
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly isEqual: boolean;
}

export interface SelfTestReport {
  /** What the test shows and what it does not, in a person's words. */
  readonly proves: string;
  readonly roundTrips: readonly RoundTrip[];
  readonly allEqual: boolean;
  /** True when text that spells the end token stays text. */
  readonly keepsSpecialText: boolean;
}

const TEXTS = [
  'The quick brown fox jumps over the lazy dog.',
  ' Leading space, "quotes", don\'t, 1234567 and\ttabs.\n\nA new paragraph.\r\n',
  'Grüße, 日本語, 한국어, العربية, emoji 👩‍👩‍👧 and math ∑∫√.',
  '    indented = {"code": [1, 2, 3]}',
];

const PROVES =
  'The texts are encoded and decoded again. That they come back does not prove that their ids are those of Hugging Face: ' +
  'a model folder holds no expected ids to compare with. Instead, every step that Keel runs is held to the Rust library ' +
  "(tokenizers 0.23.1) on 5,000 texts by Keel's own tests, and a step that is not is refused by name.";

/**
 * Encodes texts and decodes them again. A difference is not always a fault (a normalizer may compose accents, a
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
