import type { JudgedPair } from '../evaluation/certificate.ts';
import type { ValueModel } from '../model/value-model.ts';
import { positionsOf } from '../rollout/sequence-inputs.ts';
import { bool, float32 } from '../runtime/host-tensor.ts';
import { tf } from '../runtime/tf.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord } from '../runtime/types.ts';
import { bucketLength, padRows } from '../tokenizer/pad-rows.ts';
import type { ComparisonRows } from '../tokenizer/token-rows.ts';
import type { LossResult } from '../update/losses/loss-result.ts';
import { pairwiseRewardLoss } from '../update/losses/pairwise-reward.ts';
import { tokenwiseRewardLoss } from '../update/losses/tokenwise-reward.ts';

/**
 * Inputs of a pairwise step for at most n pairs: ids, attentionMask and positions [2n, t], the chosen rows first;
 * lastToken [2n, t], 1 at each row's last real token; comparedMask [n, t], true from the first difference to the longer
 * end; pairMask [n], true on real pairs.
 */
export function pairInputs(
  pairs: readonly ComparisonRows[],
  n: number,
  padTokenId: number,
  maxLength: number,
): HostRecord {
  const filler = { ids: [padTokenId], trained: [false] };
  const side = (pick: (pair: ComparisonRows) => { readonly row: typeof filler }) =>
    Array.from({ length: n }, (_, index) => (pairs[index] ? pick(pairs[index]).row : filler));
  const rows = [...side((pair) => pair.chosen as never), ...side((pair) => pair.rejected as never)];
  const length = bucketLength(Math.max(...rows.map((row) => row.ids.length)), maxLength);
  const { ids, attentionMask } = padRows(rows, { padTokenId, side: 'right', length });
  const lastToken = new Float32Array(2 * n * length);
  rows.forEach((row, index) => {
    lastToken[index * length + row.ids.length - 1] = 1;
  });
  const compared = new Uint8Array(n * length);
  pairs.forEach(({ chosen, rejected, divergence }, index) => {
    const end = Math.max(chosen.row.ids.length, rejected.row.ids.length);
    compared.fill(1, index * length + divergence, index * length + end);
  });
  return {
    ids,
    attentionMask,
    positions: positionsOf(attentionMask),
    lastToken: float32(lastToken, [2 * n, length]),
    comparedMask: bool(compared, [n, length]),
    pairMask: bool(
      Uint8Array.from({ length: n }, (_, index) => (index < pairs.length ? 1 : 0)),
      [n],
    ),
  };
}

/**
 * The loss of a pairwise step, and how often and by how much the chosen reply wins at the last token.
 * Shape: scores [2n, t], inputs as {@link pairInputs} gives them.
 */
export function pairLoss(
  scores: Tensor,
  inputs: TensorRecord,
  training: { readonly loss: 'last_token' | 'tokenwise'; readonly centerRewardsCoefficient: number },
): LossResult {
  const atLastToken = tf.sum(tf.mul(scores, inputs.lastToken!), 1);
  const [chosenScores, rejectedScores] = tf.split(atLastToken, 2) as [Tensor, Tensor];
  const ofLastToken = pairwiseRewardLoss({
    chosenScores,
    rejectedScores,
    pairMask: inputs.pairMask!,
    centerCoefficient: training.centerRewardsCoefficient,
    entries: inputs.entries!,
  });
  if (training.loss === 'last_token') return ofLastToken;
  const [chosenRewards, rejectedRewards] = tf.split(scores, 2) as [Tensor, Tensor];
  const { loss } = tokenwiseRewardLoss({
    chosenRewards,
    rejectedRewards,
    spanMask: inputs.comparedMask!,
    entries: inputs.entries!,
  });
  return { loss, stats: ofLastToken.stats };
}

/** Scores of held-out pairs at their last tokens, with the lengths of the replies. */
export function judgePairs(
  runtime: Runtime,
  network: ValueModel,
  pairs: readonly ComparisonRows[],
  n: number,
  inputsOf: (pairs: readonly ComparisonRows[]) => HostRecord,
): readonly JudgedPair[] {
  const step = runtime.compile('judge-pairs', (variables, inputs) => {
    const scores = network.values(variables.weights('reward_model'), inputs as never);
    return { scores: tf.sum(tf.mul(scores, inputs.lastToken!), 1) };
  });
  return Array.from({ length: Math.ceil(pairs.length / n) }, (_, batch) => {
    const part = pairs.slice(batch * n, (batch + 1) * n);
    const { data } = step(inputsOf(part)).scores!;
    return part.map((pair, index) => ({
      chosenScore: data[index]!,
      rejectedScore: data[n + index]!,
      chosenLength: pair.chosen.row.ids.length - pair.chosen.promptLength,
      rejectedLength: pair.rejected.row.ids.length - pair.rejected.promptLength,
    }));
  }).flat();
}
