import type { Rollout } from '../records.ts';
import { type BoolHost, bool } from '../runtime/host-tensor.ts';

/**
 * The entries that a method learns from: all stored ones, or only those of responses that ended by themselves. The others
 * then count in no sum and no length. Shape: [b, r]. Source: TRL 1.16 GRPOConfig.mask_truncated_completions.
 */
export function learnedMask(
  { responseMask, endedByStop }: Pick<Rollout, 'responseMask' | 'endedByStop'>,
  masksTruncated: boolean,
): BoolHost {
  if (!masksTruncated) return responseMask;
  const { data, shape } = responseMask;
  const width = shape[1]!;
  return bool(
    data.map((bit, i) => (endedByStop[Math.floor(i / width)] ? bit : 0)),
    shape,
  );
}

/** Number of true entries, at least 1, as a divisor. */
export function entriesIn({ data }: BoolHost): number {
  return Math.max(
    data.reduce((sum, bit) => sum + bit, 0),
    1,
  );
}

/** The mask without the entries of some rows. Shape: [b, r]. */
export function withoutRows({ data, shape }: BoolHost, isLeftOut: (row: number) => boolean): BoolHost {
  const width = shape[1]!;
  return bool(
    data.map((bit, i) => (isLeftOut(Math.floor(i / width)) ? 0 : bit)),
    shape,
  );
}

/** Number of rows with a true entry, at least 1, as a divisor. */
export function rowsIn({ data, shape }: BoolHost): number {
  const width = shape[1]!;
  const rows = Array.from({ length: shape[0]! }, (_, row) => data.subarray(row * width, (row + 1) * width));
  return Math.max(rows.filter((row) => row.includes(1)).length, 1);
}
