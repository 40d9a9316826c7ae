import type { TokenBatch, TokenRow } from '../../records.ts';
import { bool, int32 } from '../../runtime/host-tensor.ts';
import type { Side } from './fit-row.ts';

/** Lengths grow in steps of this many tokens: every new shape is compiled once, so there must be few. */
const BUCKET = 32;
/** Above 128 tokens, in larger steps: shorter sequences share a row there, so that little padding is computed. */
const LONG = { above: 128, bucket: 64 } as const;

/** The bucket for `length` tokens: a multiple of 32 up to 128, of 64 up to 512, and an eighth of the next power of two above. */
export function bucketLength(length: number, maxLength = Number.POSITIVE_INFINITY): number {
  const least = length > LONG.above ? LONG.bucket : BUCKET;
  const step = Math.max(least, 2 ** Math.ceil(Math.log2(Math.max(length, 1))) / 8);
  return Math.min(Math.max(Math.ceil(length / step) * step, BUCKET), maxLength);
}

export interface PadOptions {
  readonly padTokenId: number;
  /** Side of the padding: `left` for prompts that are continued, `right` for training. */
  readonly side: Side;
  /** Length t of the batch; by default that of the longest row. Longer rows throw: truncate them first. */
  readonly length?: number;
  /**
   * Number of rows b; missing ones are filled with padding, so that the last batch has the same shape as the others.
   */
  readonly rows?: number;
}

/** Pads rows to a [b, t] batch. Throws RangeError if a row is longer than `length` or there are more than `rows`. */
export function padRows(rows: readonly TokenRow[], options: PadOptions): TokenBatch {
  const length = options.length ?? rows.reduce((longest, row) => Math.max(longest, row.ids.length), 0);
  const count = options.rows ?? rows.length;
  if (rows.length > count) throw new RangeError(`${rows.length} rows do not fit a batch of ${count}`);
  const ids = new Int32Array(count * length).fill(options.padTokenId);
  const attention = new Uint8Array(count * length);
  const trained = new Uint8Array(count * length);
  rows.forEach((row, index) => {
    const free = length - row.ids.length;
    if (free < 0) throw new RangeError(`a row of ${row.ids.length} ids does not fit a batch of length ${length}`);
    const start = index * length + (options.side === 'left' ? free : 0);
    ids.set(row.ids, start);
    attention.fill(1, start, start + row.ids.length);
    row.trained.forEach((isTrained, offset) => {
      if (isTrained) trained[start + offset] = 1;
    });
  });
  const shape = [count, length];
  return { ids: int32(ids, shape), attentionMask: bool(attention, shape), trainedMask: bool(trained, shape) };
}
