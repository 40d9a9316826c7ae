import { countSelected } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';
import { sideStatistics, sumOfTrained, type TokenReadings } from './preference-statistics.ts';

export interface DpoSettings {
  /** TRL's names of the losses. */
  readonly lossType: 'sigmoid' | 'ipo' | 'hinge' | 'robust';
  /** β; τ of IPO. */
  readonly beta: number;
  /** ε, the assumed share of swapped labels. */
  readonly labelSmoothing: number;
}

export interface DpoInputs extends DpoSettings {
  /** log π_θ of each next token, the chosen rows first. */
  readonly logprobs: Tensor;
  /** True on the tokens of a response. */
  readonly trainedMask: Tensor;
  /** log π_ref of whole responses, in the same order. */
  readonly refLogprobs: Tensor;
  /** True on real pairs; a batch may contain filler pairs. */
  readonly pairMask: Tensor;
  /** For the statistics, optional. */
  readonly readings?: TokenReadings;
  /** Number of true entries in the whole batch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

const halves = (x: Tensor) => tf.split(x, 2) as [chosen: Tensor, rejected: Tensor];
/** -log σ(x), which neither overflows nor loses precision. Any shape. */
const negLogSigmoid = (x: Tensor) => tf.softplus(tf.neg(x)) as Tensor;

/** Loss of each pair. Shape: ratios and tokens [2n], result [n]. */
function pairLosses(ratios: Tensor, tokens: Tensor, { lossType, beta, labelSmoothing }: DpoSettings): Tensor {
  const apart = (values: Tensor) => tf.sub(...halves(values)) as Tensor;
  const scaled = tf.mul(apart(ratios), beta) as Tensor;
  if (lossType === 'hinge') return tf.relu(tf.sub(1, scaled));
  if (lossType === 'ipo') return tf.square(tf.sub(apart(tf.div(ratios, tf.maximum(tokens, 1))), 1 / (2 * beta)));
  if (labelSmoothing === 0) return negLogSigmoid(scaled);
  const clean = tf.mul(negLogSigmoid(scaled), 1 - labelSmoothing);
  const swapped = tf.mul(negLogSigmoid(tf.neg(scaled)), labelSmoothing);
  return lossType === 'robust' ? tf.div(tf.sub(clean, swapped), 1 - 2 * labelSmoothing) : tf.add(clean, swapped);
}

/**
 * Direct preference optimization, Rafailov et al. 2023 (arXiv 2305.18290), eq. 7, and its variants under TRL's names.
 *
 * With h_c, h_r = log π_θ(y) - log π_ref(y) of the chosen and the rejected response, z = β (h_c - h_r), lengths T:
 * Eq.     L = (1/n) Σ over pairs of
 *           sigmoid   -(1-ε) log σ(z) - ε log σ(-z)               ε > 0: conservative DPO, Mitchell 2023
 *           robust    [-(1-ε) log σ(z) + ε log σ(-z)] / (1 - 2ε)  Chowdhury et al. 2024 (2403.00409)
 *           hinge     max(0, 1 - z)                               Zhao et al. 2023 (2305.10425)
 *           ipo       (h_c / T_c - h_r / T_r - 1 / (2β))²         Azar et al. 2023 (2310.12036), per token as in TRL
 * Shape   logprobs, trainedMask [2n, t]; refLogprobs [2n]; pairMask [n]; loss []
 *
 * Stats: those of {@link sideStatistics}; `rewards/accuracies` (a tie counts 0, as in TRL); `count` of pairs.
 */
export function dpoLoss(inputs: DpoInputs): LossResult {
  const { logprobs, trainedMask, refLogprobs, pairMask, readings } = inputs;
  const entries = entriesOf(pairMask, inputs.entries);
  const logps = sumOfTrained(logprobs, trainedMask);
  const ratios = tf.sub(logps, refLogprobs) as Tensor;
  const rewards = tf.mul(ratios, inputs.beta) as Tensor;
  const losses = pairLosses(ratios, tf.sum(trainedMask.toFloat(), 1), inputs);
  const [real, none] = [pairMask.toBool(), tf.zerosLike(pairMask).toBool()];
  const rows = { rewards, logps, trainedMask, readings, entries };
  return {
    loss: meanOver(losses, pairMask, entries),
    stats: {
      ...sideStatistics('chosen', { ...rows, rowMask: tf.concat([real, none]) }),
      ...sideStatistics('rejected', { ...rows, rowMask: tf.concat([none, real]) }),
      'rewards/accuracies': additive(meanOver(tf.greater(...halves(rewards)).toFloat(), pairMask, entries)),
      count: additive(countSelected(pairMask)),
    },
  };
}
