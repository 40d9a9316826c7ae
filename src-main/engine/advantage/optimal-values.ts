/** The optimal value of a prompt, estimated from responses of the reference. */
export interface OptimalValue {
  readonly value: number;
  /** Whether every response scored 0. */
  readonly isAllZero: boolean;
}

/**
 * V* = β log mean exp(score / β), without overflow. Source: Brantley et al. 2025 (arXiv 2505.20686), eq. 2; TRL 1.16
 * A2POTrainer. Shape: scores [n].
 */
export function optimalValue(scores: ArrayLike<number>, beta: number): OptimalValue {
  const all = Array.from(scores);
  const largest = Math.max(...all);
  const sum = all.reduce((total, score) => total + Math.exp((score - largest) / beta), 0);
  return { value: largest + beta * Math.log(sum / all.length), isAllZero: all.every((score) => score === 0) };
}
