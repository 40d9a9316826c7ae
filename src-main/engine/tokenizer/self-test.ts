import type { Tokenizer } from './tokenizer.ts';

export interface RoundTrip {
  readonly text: string;
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly isEqual: boolean;
}

export interface SelfTestReport {
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
    roundTrips,
    allEqual: roundTrips.every(({ isEqual }) => isEqual),
    keepsSpecialText: !spelledOut.includes(tokenizer.eosTokenId),
  };
}
