import type { BoolHost } from '../../runtime/host-tensor.ts';

/** The consecutive tokens of a padded row. */
export interface TokenRun {
  /** The first column. */
  readonly from: number;
  readonly length: number;
}

/** Each row's tokens; null if a row has padding between them. Shape: attentionMask [b, t]. */
export function tokenRuns({ data, shape }: BoolHost): readonly TokenRun[] | null {
  const [b, t] = shape as [number, number];
  const runs = Array.from({ length: b }, (_, row) => {
    const bits = data.subarray(row * t, (row + 1) * t);
    const from = Math.max(bits.indexOf(1), 0);
    const length = bits.lastIndexOf(1) + 1 - from;
    return { from, length, isWhole: bits.reduce((sum, bit) => sum + bit, 0) === length };
  });
  return runs.every(({ isWhole }) => isWhole) ? runs : null;
}

export interface Placement {
  /** Start of each run among c · t positions. */
  readonly starts: readonly number[];
  /** c, the number of rows used. */
  readonly rows: number;
}

/** Places runs of at most t tokens in rows of length t: longest first, each in the first row with room for it. */
export function placeSequences(runs: readonly TokenRun[], t: number): Placement {
  const used: number[] = [];
  const starts = runs.map(() => 0);
  const longestFirst = runs.map(({ length }, index) => ({ length, index })).sort((a, b) => b.length - a.length);
  for (const { length, index } of longestFirst) {
    const found = used.findIndex((taken) => taken + length <= t);
    const row = found < 0 ? used.push(0) - 1 : found;
    starts[index] = row * t + used[row]!;
    used[row]! += length;
  }
  return { starts, rows: used.length };
}
