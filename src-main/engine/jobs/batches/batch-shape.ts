import { bucketLength } from '../../tokenizer/rows/pad-rows.ts';

/** Maximum bytes of logits or attention scores that one forward pass may hold at once. */
const BUDGET = 256 * 2 ** 20;
const MOST_ROWS = 16;

/** Shape of the batches of a forward pass without training. */
export interface BatchShape {
  /** Padded length of a batch whose longest row has this many tokens. */
  readonly lengthFor: (longest: number) => number;
  /** Number of rows in such a batch, always the same, so that each length is compiled once. */
  readonly rowsFor: (longest: number) => number;
}

/**
 * @param floatsPerToken size of the largest array of a forward pass, in floats per token: the vocabulary size where
 * logits are computed.
 * @param hardLimit longest sequence that can be computed, or null.
 */
export function batchShape(floatsPerToken: number, hardLimit: number | null): BatchShape {
  const lengthFor = (longest: number) => bucketLength(longest, hardLimit ?? undefined);
  const rowsFor = (longest: number) => {
    const bytes = 4 * floatsPerToken * lengthFor(longest);
    return Math.max(1, Math.min(MOST_ROWS, Math.floor(BUDGET / bytes)));
  };
  return { lengthFor, rowsFor };
}
