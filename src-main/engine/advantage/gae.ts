export interface GaeInputs {
  /** [b, t], row by row. */
  readonly values: ArrayLike<number>;
  /** [b, t] */
  readonly rewards: ArrayLike<number>;
  /** [b, t] true on stored entries. */
  readonly responseMask: ArrayLike<number>;
  readonly width: number;
  readonly gamma: number;
  readonly lam: number;
}

export interface Gae {
  /** [b, t] 0 where nothing is stored. */
  readonly advantages: Float64Array;
  /** [b, t] advantages + values. */
  readonly returns: Float64Array;
}

/**
 * Generalized advantage estimation, Schulman et al. 2015 (arXiv 1506.02438), eq. 16, backwards over each row:
 * δ_t = r_t + γ V_{t+1} - V_t with V = 0 after the last entry; A_t = δ_t + γ λ A_{t+1}; Ret_t = A_t + V_t.
 * Values and rewards of entries that are not stored count as 0, so that padding cannot leak backwards.
 */
export function generalizedAdvantages({ values, rewards, responseMask, width, gamma, lam }: GaeInputs): Gae {
  const advantages = new Float64Array(values.length);
  const returns = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    let nextValue = 0;
    let nextAdvantage = 0;
    for (let i = start + width - 1; i >= start; i--) {
      const isStored = responseMask[i]! > 0;
      const value = isStored ? values[i]! : 0;
      const delta = (isStored ? rewards[i]! : 0) + gamma * nextValue - value;
      nextAdvantage = delta + gamma * lam * nextAdvantage;
      nextValue = value;
      advantages[i] = nextAdvantage;
      returns[i] = nextAdvantage + value;
    }
  }
  return { advantages, returns };
}
