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
