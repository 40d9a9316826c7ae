/** The two responses to each prompt by their scores. */
export interface ComparedPairs {
  /** Row of the better response of each pair, [n]. */
  readonly chosen: readonly number[];
  /** Row of the other one, [n]. */
  readonly rejected: readonly number[];
}

/**
 * Which of two adjacent rows scored higher; of equal ones, the first is chosen, as in TRL 1.16's OnlineDPOTrainer.
 * Shape: scores [2n].
 */
export function comparePairs(scores: ArrayLike<number>): ComparedPairs {
  const firsts = Array.from({ length: scores.length / 2 }, (_, pair) => 2 * pair);
  const isFirstBetter = (row: number) => scores[row]! >= scores[row + 1]!;
  return {
    chosen: firsts.map((row) => (isFirstBetter(row) ? row : row + 1)),
    rejected: firsts.map((row) => (isFirstBetter(row) ? row + 1 : row)),
  };
}
