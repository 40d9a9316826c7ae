import { type FloatHost, float32 } from '../runtime/host-tensor.ts';

/** How advantages within groups are scaled; TRL GRPOConfig.scale_rewards. */
export type GroupScale = 'group' | 'batch' | 'none';

/** Keeps a deviation from being zero; the constant of TRL 1.16. */
const EPSILON = 1e-4;

interface Moments {
  readonly mean: number;
  /** With divisor n - 1; 0 for a single value. */
  readonly deviation: number;
}

function momentsOf(values: ArrayLike<number>): Moments {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : 0 };
}

/** Moments of each group of adjacent rows. Shape: [b] to [b / groupSize]. */
function groupMoments(scores: ArrayLike<number>, groupSize: number): readonly Moments[] {
  const all = Array.from(scores);
  return Array.from({ length: all.length / groupSize }, (_, group) =>
    momentsOf(all.slice(group * groupSize, (group + 1) * groupSize)),
  );
}

/**
 * How far each response scores above the mean of its group, divided by the deviation of the group, of the whole batch, or
 * by nothing. Rows of a group are adjacent. Shape: scores and result [b].
 * Source: Shao et al. 2024 (arXiv 2402.03300), section 4.1.2; TRL 1.16 GRPOTrainer.
 */
export function groupAdvantages(scores: ArrayLike<number>, groupSize: number, scale: GroupScale): Float64Array {
  const groups = groupMoments(scores, groupSize);
  const whole = momentsOf(scores);
  return Float64Array.from(scores, (score, row) => {
    const { mean, deviation } = groups[Math.floor(row / groupSize)]!;
    if (scale === 'none') return score - mean;
    return (score - mean) / ((scale === 'group' ? deviation : whole.deviation) + EPSILON);
  });
}

/**
 * How far each response scores above the mean of the others of its group; afterwards normalized over the batch if wanted.
 * Rows of a group are adjacent. Shape: scores and result [b].
 * Source: Kool et al. 2019, Buy 4 REINFORCE Samples; Ahmadian et al. 2024 (arXiv 2402.14740); TRL 1.16 RLOOTrainer.
 */
export function leaveOneOutAdvantages(scores: ArrayLike<number>, groupSize: number, normalized: boolean): Float64Array {
  const groups = groupMoments(scores, groupSize);
  const advantages = Float64Array.from(scores, (score, row) => {
    const others = (groups[Math.floor(row / groupSize)]!.mean * groupSize - score) / (groupSize - 1);
    return score - others;
  });
  if (!normalized) return advantages;
  const { mean, deviation } = momentsOf(advantages);
  return advantages.map((advantage) => (advantage - mean) / (deviation + EPSILON));
}

/** Gives every entry of a response the response's number. Shape: [b] to [b, r]. */
export function perEntry(numbers: ArrayLike<number>, [b, r]: readonly [number, number]): FloatHost {
  const entries = new Float32Array(b * r);
  for (let row = 0; row < b; row++) entries.fill(numbers[row]!, row * r, (row + 1) * r);
  return float32(entries, [b, r]);
}
