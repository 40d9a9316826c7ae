import { type BoolHost, bool, type IntHost } from '../../runtime/host-tensor.ts';

export interface RewardSpan {
  /** First position where the two rows differ; -1 when they do not. */
  readonly divergence: number;
  /** One past the last position that counts: the longer of both texts' ends. */
  readonly end: number;
  readonly chosenEnd: number;
  readonly rejectedEnd: number;
}

function endOf(row: Int32Array, pad: number): number {
  const index = row.indexOf(pad);
  return index < 0 ? row.length : index;
}

/** Where two padded rows [t] differ, and where each text ends (its first pad). Source: docs/algorithms/reward-model.md. */
export function rewardSpan(chosen: Int32Array, rejected: Int32Array, pad: number): RewardSpan {
  const chosenEnd = endOf(chosen, pad);
  const rejectedEnd = endOf(rejected, pad);
  const divergence = chosen.findIndex((id, i) => id !== rejected[i]);
  return { divergence, end: Math.max(chosenEnd, rejectedEnd), chosenEnd, rejectedEnd };
}

/** True within each pair's span; all false for a pair that truncation made equal. Shape: ids [b, t] to [b, t]. */
export function rewardSpanMask(chosen: IntHost, rejected: IntHost, pad: number): BoolHost {
  const [rows, width] = chosen.shape as [number, number];
  const inside = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const [c, r] = [chosen.data.subarray(at, at + width), rejected.data.subarray(at, at + width)];
    const { divergence, end } = rewardSpan(c, r, pad);
    if (divergence >= 0) inside.fill(1, at + divergence, at + Math.max(end, divergence));
  }
  return bool(inside, [rows, width]);
}
