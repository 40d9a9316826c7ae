import { bucketLength } from '../tokenizer/rows/pad-rows.ts';

/** Bytes of logits or attention scores that one forward may hold at once. */
const BUDGET = 256 * 2 ** 20;
const MOST_ROWS = 16;

/** Shape of the batches of a forward without training. */
export interface BatchShape {
  /** Padded length of a batch whose longest row has so many tokens. */
  readonly lengthFor: (longest: number) => number;
  /** Rows of such a batch, always the same, so that each length is compiled once. */
  readonly rowsFor: (longest: number) => number;
}

/**
 * @param floatsPerToken the largest array of a forward, in floats a token: the vocabulary where logits are made.
 * @param hardLimit longest sequence that can be computed at all, or null.
 */
export function batchShape(floatsPerToken: number, hardLimit: number | null): BatchShape {
  const lengthFor = (longest: number) => bucketLength(longest, hardLimit ?? undefined);
  const rowsFor = (longest: number) => {
    const bytes = 4 * floatsPerToken * lengthFor(longest);
    return Math.max(1, Math.min(MOST_ROWS, Math.floor(BUDGET / bytes)));
  };
  return { lengthFor, rowsFor };
}
