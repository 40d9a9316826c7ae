export interface Interval {
  readonly low: number;
  readonly high: number;
}

const Z95 = 1.959963984540054;

/**
 * 95% Wilson score interval of a share. `hits` may count a tie as one half.
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
 */
export function wilsonInterval(hits: number, n: number, quantile = Z95): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const share = hits / n;
  const spread = quantile ** 2 / n;
  const center = (share + spread / 2) / (1 + spread);
  const half = (quantile / (1 + spread)) * Math.sqrt((share * (1 - share)) / n + spread / (4 * n));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

export interface Share extends Interval {
  readonly share: number;
  readonly n: number;
}

/** How often `ours` beats `theirs`, pair by pair, with its 95% interval. A tie counts one half. */
export function winRate(ours: ArrayLike<number>, theirs: ArrayLike<number>): Share {
  let hits = 0;
  for (let i = 0; i < ours.length; i++) hits += ours[i]! > theirs[i]! ? 1 : ours[i] === theirs[i] ? 0.5 : 0;
  const n = ours.length;
  return { share: n === 0 ? Number.NaN : hits / n, n, ...wilsonInterval(hits, n) };
}
