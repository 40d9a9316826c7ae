import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { tf } from '../../runtime/tf.ts';
import type { GrpoInputs, GrpoSettings } from './grpo-inputs.ts';
import { klOf, objective, ratioOf, reduced } from './grpo-terms.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';
import { clipPoints, clipShares } from './ratio-clipping.ts';

/**
 * Group relative policy optimization, Shao et al. 2024 (arXiv 2402.03300), in the forms of TRL 1.16.
 *
 * Eq.     l = -min(ρ A, clip(ρ, 1 - ε_low, 1 + ε_high) A) + β k3, or for `cispo` -min(ρ, ε_high) A log π_θ + β k3, where
 *         the weight is constant;  L = Σ l / divisor - c mean(entropy), over entries where `responseMask` is true
 * Divisor grpo: the response's length times the number of responses; dr_grpo: responses times maximum length; bnpo: the
 *         minibatch's entries; dapo and cispo: `items`
 * Shape   logprobs, oldLogprobs, refLogprobs, entropy, advantages, responseMask [b, t]; beta, items, and loss []
 *
 * Stats: `kl`, `entropy`, `objective` (without the bonus), and the shares of clipped ratios.
 */
export function grpoLoss(inputs: GrpoInputs, settings: GrpoSettings): LossResult {
  const { responseMask, entropy, beta } = inputs;
  const { log, lengths } = ratioOf(inputs, settings.importanceSamplingLevel);
  const ratio = tf.exp(log);
  const n = entriesOf(responseMask, inputs.entries);
  const kl = klOf(inputs, ratio, settings.useBiasCorrectionKl);
  const perEntry = tf.add(objective(inputs, ratio, settings), tf.mul(beta, kl));
  const policy = reduced(perEntry, inputs, lengths, settings);
  const meanEntropy = meanOver(entropy, responseMask, n);
  const { entropyCoef } = settings;
  const clips = clipShares({ ...inputs, ratio, entries: n }, settings);
  return {
    loss: entropyCoef === 0 ? policy : tf.sub(policy, tf.mul(entropyCoef, meanEntropy)),
    stats: {
      kl: additive(meanOver(kl, responseMask, n)),
      entropy: additive(meanEntropy),
      objective: additive(policy),
      ...(settings.lossType === 'cispo' ? { cispo_clip: clips.high_clip } : clips),
    },
  };
}

/** The statistics of the loss over an iteration, as metrics; TRL shows some of them only where they are used. */
export function grpoPoints(
  statistics: UpdateStatistics,
  { entropyCoef, beta }: Pick<GrpoSettings, 'entropyCoef'> & { readonly beta: number },
): readonly MetricPoint[] {
  const { mean } = statistics;
  const hasBonus = entropyCoef > 0;
  return [
    ...metricPoints({
      entropy: mean('entropy'),
      kl: beta > 0 ? mean('kl') : undefined,
      policy_loss: hasBonus ? mean('objective') : undefined,
      entropy_coef: hasBonus ? entropyCoef : undefined,
      cispo_clip_ratio: mean('cispo_clip'),
      'grpo/beta': beta,
    }),
    ...clipPoints(statistics),
  ];
}
