/** Options of the KL reward's coefficient; a plain object, saved with the run. */
export interface KlControllerOptions {
  readonly targetKl: number;
  /** In the unit of `steps`. */
  readonly klHorizon: number;
}

/**
 * Next coefficient of the adaptive controller, Ziegler et al. 2019 (arXiv 1909.08593), eq. 4:
 * e = clip(kl/target - 1, ±0.2); β ← β (1 + e · steps/horizon).
 * @param steps responses collected since the last call, each counted once regardless of how often it is trained on.
 */
export function adaptKlCoef(klCoef: number, currentKl: number, steps: number, options: KlControllerOptions): number {
  const error = Math.max(-0.2, Math.min(0.2, currentKl / options.targetKl - 1));
  return klCoef * (1 + (error * steps) / options.klHorizon);
}
