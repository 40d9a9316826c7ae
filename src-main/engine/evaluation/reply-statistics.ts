import type { Rollout } from '../records.ts';
import type { FloatHost } from '../runtime/host-tensor.ts';

/** Sum and number of the stored entries per row. */
export interface RowSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** Sums a [b, r] array over the stored entries of each row. */
export function sumRows(values: FloatHost, rollout: Pick<Rollout, 'responseMask'>): RowSums {
  const [rows, width] = values.shape as [number, number];
  const sums = new Float64Array(rows);
  const counts = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (rollout.responseMask.data[i] !== 1) continue;
      sums[row]! += values.data[i]!;
      counts[row]! += 1;
    }
  }
  return { sums, counts };
}

/** Mean over rows of the row sums, and mean over all stored entries: "per sequence" and "per token". */
export function perSequenceAndToken(values: FloatHost, rollout: Pick<Rollout, 'responseMask'>) {
  const { sums, counts } = sumRows(values, rollout);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const entries = counts.reduce((sum, value) => sum + value, 0);
  return { perSequence: total / sums.length, perToken: total / Math.max(entries, 1) };
}

/** Sums over the entries of one response: their number, exact KL, entropy, and log π_ref, in nats. */
export interface ReplyTotals {
  readonly tokens: number;
  readonly kl: number;
  readonly entropy: number;
  readonly refLogprob: number;
}

/** Totals of each response; null if the rollout has no exact KL and entropy. */
export function responseTotals(rollout: Rollout): readonly ReplyTotals[] | null {
  if (!rollout.exactKl || !rollout.entropy) return null;
  const kl = sumRows(rollout.exactKl, rollout);
  const entropy = sumRows(rollout.entropy, rollout);
  const reference = sumRows(rollout.refLogprobs, rollout);
  return Array.from(kl.counts, (tokens, row) => {
    return { tokens, kl: kl.sums[row]!, entropy: entropy.sums[row]!, refLogprob: reference.sums[row]! };
  });
}

/** Largest |sampling log-prob - training log-prob| over the stored entries, in nats. */
export function largestLogprobGap(rollout: Rollout): number {
  let largest = 0;
  rollout.responseMask.data.forEach((isStored, i) => {
    if (isStored === 1) {
      largest = Math.max(largest, Math.abs(rollout.samplingLogprobs.data[i]! - rollout.oldLogprobs.data[i]!));
    }
  });
  return largest;
}

/** KL(π_old || π_ref) by k1: sum over a response's entries, then mean over responses, in nats. */
export function meanResponseKl(rollout: Rollout): number {
  const ratios = rollout.oldLogprobs.data.map((logprob, i) => logprob - rollout.refLogprobs.data[i]!);
  return perSequenceAndToken({ ...rollout.oldLogprobs, data: ratios }, rollout).perSequence;
}
