import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { AdvantageBatch } from '../records.ts';

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Root mean square in nats up to which two log-probs in float32 count as equal. */
const ROUNDING = 1e-5;

/**
 * Where the policy that sampled a batch stands between its start and APA's fixed point, where log π - log π_init equals A/λ
 * for every action of a state but for a constant. With ℓ = log π - log π_init and a = A/λ, both without their means:
 *
 *   reached = Σ ℓ² / Σ ℓ a      0 at the start, 1 at the fixed point, more beyond it
 *
 * Noise of the advantages that does not depend on the action cancels in the second sum, while it would fill the mean square
 * of the residual ℓ - a. Without a value where the policy has moved and the second sum is not above 0. Docs:
 * docs/algorithms/apa.md.
 */
export function fixedPointPoints(
  batch: Pick<AdvantageBatch, 'oldLogprobs' | 'refLogprobs' | 'advantages' | 'responseMask'>,
  lambda: number,
): readonly MetricPoint[] {
  const { oldLogprobs, refLogprobs, advantages, responseMask } = batch;
  const [targets, moves, wanted]: [number[], number[], number[]] = [[], [], []];
  for (const [at, isEntry] of responseMask.data.entries()) {
    if (!isEntry) continue;
    const shift = advantages.data[at]! / lambda;
    targets.push(refLogprobs.data[at]! + shift);
    moves.push(oldLogprobs.data[at]! - refLogprobs.data[at]!);
    wanted.push(shift);
  }
  if (targets.length === 0) return [];
  const [move, want] = [meanOf(moves), meanOf(wanted)];
  const squares = meanOf(moves.map((value) => (value - move) ** 2));
  const product = meanOf(moves.map((value, at) => (value - move) * (wanted[at]! - want)));
  const reached = product > 0 ? squares / product : undefined;
  return metricPoints({
    'apa/target_mean': meanOf(targets),
    'apa/fixed_point_reached': Math.sqrt(squares) < ROUNDING ? 0 : reached,
  });
}
