export type KlEstimator = 'k1' | 'k2' | 'k3';

/**
 * KL(π || π_ref) of one token sampled from π, with d = log π_ref - log π (Schulman 2020, "Approximating KL divergence"):
 * k1 = -d, unbiased; k2 = d²/2, biased, low variance; k3 = exp(d) - 1 - d, unbiased and never negative.
 */
export function klEstimate(estimator: KlEstimator, logprob: number, refLogprob: number): number {
  const d = refLogprob - logprob;
  if (estimator === 'k1') return -d;
  return estimator === 'k2' ? (d * d) / 2 : Math.exp(Math.min(d, 60)) - 1 - d;
}
