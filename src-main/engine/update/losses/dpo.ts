import { countSelected } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';
import { sumOfTrained, type TokenReadings, tokenStatistics } from './preference-statistics.ts';

/** TRL's names of the losses. */
export type DpoLossType = 'sigmoid' | 'ipo' | 'hinge' | 'robust';

export interface DpoSettings {
  readonly lossType: DpoLossType;
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

/** -log σ(x), which neither overflows nor loses precision. Any shape. */
const negLogSigmoid = (x: Tensor) => tf.softplus(tf.neg(x)) as Tensor;

interface Ratios {
  /** log π_θ(y) - log π_ref(y) of the chosen and rejected responses. Shape: [n]. */
  readonly chosen: Tensor;
  readonly rejected: Tensor;
  /** Numbers of their tokens. */
  readonly chosenTokens: Tensor;
  readonly rejectedTokens: Tensor;
}

/** Loss of each pair. Shape: [n]. */
function pairLosses(ratios: Ratios, { lossType, beta, labelSmoothing }: DpoSettings): Tensor {
  const scaled = tf.mul(tf.sub(ratios.chosen, ratios.rejected), beta) as Tensor;
  if (lossType === 'hinge') return tf.relu(tf.sub(1, scaled));
  if (lossType === 'ipo') {
    const perToken = (ratio: Tensor, tokens: Tensor) => tf.div(ratio, tf.maximum(tokens, 1));
    const apart = tf.sub(
      perToken(ratios.chosen, ratios.chosenTokens),
      perToken(ratios.rejected, ratios.rejectedTokens),
    );
    return tf.square(tf.sub(apart, 1 / (2 * beta)));
  }
  if (labelSmoothing === 0) return negLogSigmoid(scaled);
  const [right, swapped] = [negLogSigmoid(scaled), negLogSigmoid(tf.neg(scaled))];
  const clean = tf.mul(right, 1 - labelSmoothing);
  const flipped = tf.mul(swapped, labelSmoothing);
  if (lossType === 'robust') return tf.div(tf.sub(clean, flipped), 1 - 2 * labelSmoothing);
  return tf.add(clean, flipped);
}

/**
 * Direct preference optimization, Rafailov et al. 2023 (arXiv 2305.18290), eq. 7, and its variants under TRL's names.
 *
 * With h_c, h_r = log π_θ(y) - log π_ref(y) of the chosen and the rejected response, z = β (h_c - h_r), lengths T:
 * Eq.     L = (1/n) Σ over pairs of
 *           sigmoid   -(1-ε) log σ(z) - ε log σ(-z)                  ε > 0: Mitchell 2023, conservative DPO
 *           robust    [-(1-ε) log σ(z) + ε log σ(-z)] / (1 - 2ε)     Chowdhury et al. 2024 (2403.00409)
 *           hinge     max(0, 1 - z)                                  Zhao et al. 2023 (2305.10425)
 *           ipo       (h_c / T_c - h_r / T_r - 1 / (2β))²            Azar et al. 2023 (2310.12036), per token as in TRL
 * Shape   logprobs, trainedMask [2n, t]; refLogprobs [2n]; pairMask [n]; loss []
 *
 * Stats: `rewards/chosen`, `rewards/rejected` (β h), `rewards/margins`, `rewards/accuracies` (a tie counts 0, as in TRL),
 * `logps/chosen`, `logps/rejected`; `count` of pairs; with readings, those of {@link tokenStatistics}.
 */
export function dpoLoss({
  logprobs,
  trainedMask,
  refLogprobs,
  pairMask,
  readings,
  entries,
  ...how
}: DpoInputs): LossResult {
  const n = entriesOf(pairMask, entries);
  const mean = (x: Tensor) => additive(meanOver(x, pairMask, n));
  const halves = (x: Tensor) => tf.split(x, 2) as [Tensor, Tensor];
  const [chosenMask, rejectedMask] = halves(trainedMask.toFloat());
  const [chosenLogps, rejectedLogps] = halves(sumOfTrained(logprobs, trainedMask));
  const [refChosen, refRejected] = halves(refLogprobs);
  const chosen = tf.sub(chosenLogps, refChosen) as Tensor;
  const rejected = tf.sub(rejectedLogps, refRejected) as Tensor;
  const lengths = { chosenTokens: tf.sum(chosenMask, 1), rejectedTokens: tf.sum(rejectedMask, 1) };
  const [ofChosen, ofRejected] = [tf.mul(chosen, how.beta), tf.mul(rejected, how.beta)] as [Tensor, Tensor];
  const sides = readings && [halves(readings.meanLogits), halves(readings.hits)];
  const tokens = (side: 'chosen' | 'rejected', at: 0 | 1, mask: Tensor) =>
    sides &&
    tokenStatistics(side, {
      ...{ meanLogits: sides[0]![at], hits: sides[1]![at], trainedMask: mask, rowMask: pairMask, entries: n },
    });
  return {
    loss: meanOver(pairLosses({ chosen, rejected, ...lengths }, how), pairMask, n),
    stats: {
      'rewards/chosen': mean(ofChosen),
      'rewards/rejected': mean(ofRejected),
      'rewards/margins': mean(tf.sub(ofChosen, ofRejected)),
      'rewards/accuracies': mean(tf.greater(ofChosen, ofRejected).toFloat()),
      'logps/chosen': mean(chosenLogps),
      'logps/rejected': mean(rejectedLogps),
      count: additive(countSelected(pairMask)),
      ...tokens('chosen', 0, chosenMask),
      ...tokens('rejected', 1, rejectedMask),
    },
  };
}
