import type { Share } from './intervals.ts';

/** A rule that needs no model: it always chooses the shorter, or always the longer of two responses. */
export interface LengthBaseline extends Share {
  readonly rule: 'shorter' | 'longer';
}

/**
 * The better of the two trivial rules, from how often the shorter response wins: with a tie as one half of a win, the
 * longer one wins in the rest. A reward model has to exceed whichever is better.
 */
export function lengthBaseline({ share, low, high, n }: Share): LengthBaseline {
  return share >= 0.5
    ? { rule: 'shorter', share, low, high, n }
    : { rule: 'longer', share: 1 - share, low: 1 - high, high: 1 - low, n };
}
