import type { JudgedPair } from '../../evaluation/certificate.ts';
import type { ForwardOptions } from '../../model/language-model.ts';
import { type PackedUse, packInputs } from '../../model/layout/pack-inputs.ts';
import { lastColumn } from '../../model/layout/wanted-columns.ts';
import { networkPlan } from '../../model/network-plan.ts';
import type { ValueModel } from '../../model/value-model.ts';
import type { PlacedModel } from '../../model/weights.ts';
import type { TokenRow } from '../../records.ts';
import { positionsOf } from '../../rollout/sequence-inputs.ts';
import { bool, float32 } from '../../runtime/host-tensor.ts';
import type { PairsPlan } from '../../runtime/remote-step.ts';
import { tf } from '../../runtime/tf.ts';
import type { HostRecord, Runtime, Step, Tensor, TensorRecord, Weights } from '../../runtime/types.ts';
import { bucketLength, padRows } from '../../tokenizer/rows/pad-rows.ts';
import type { ComparisonRows } from '../../tokenizer/rows/token-rows.ts';
import type { LossResult } from '../../update/losses/loss-result.ts';
import { pairwiseRewardLoss } from '../../update/losses/pairwise-reward.ts';
import { tokenwiseRewardLoss } from '../../update/losses/tokenwise-reward.ts';

/** Where a pairwise loss reads the scores. */
type PairLossKind = 'last_token' | 'tokenwise';

export interface PairBatch {
  readonly loss: PairLossKind;
  /** Pairs per batch; missing ones are filled up. */
  readonly size: number;
  readonly padTokenId: number;
  readonly maxLength: number;
}

/**
 * Positions at which `tokenwise` reads scores: lastToken [2n, t], 1 at each row's last real token, and comparedMask [n,
 * t].
 */
function comparedPlaces(pairs: readonly ComparisonRows[], rows: readonly TokenRow[], length: number) {
  const n = rows.length / 2;
  const lastToken = new Float32Array(2 * n * length);
  rows.forEach((row, index) => {
    lastToken[index * length + row.ids.length - 1] = 1;
  });
  const compared = new Uint8Array(n * length);
  pairs.forEach(({ chosen, rejected, divergence }, index) => {
    const end = Math.max(chosen.row.ids.length, rejected.row.ids.length);
    compared.fill(1, index * length + divergence, index * length + end);
  });
  return { lastToken: float32(lastToken, [2 * n, length]), comparedMask: bool(compared, [n, length]) };
}

/**
 * Inputs of a pairwise step for at most n pairs: ids, attentionMask and positions [2n, t], the chosen rows first;
 * pairMask [n], true on real pairs. With `last_token`, the rows end in the last column, and are packed if there is
 * enough padding; with `tokenwise`, they start in the first column and add lastToken [2n, t], 1 at each row's last real
 * token, and comparedMask [n, t], true from the first difference to the end of the longer text.
 */
export function pairInputs(pairs: readonly ComparisonRows[], use: PackedUse, batch: PairBatch): HostRecord {
  const { loss, size: n, padTokenId, maxLength } = batch;
  const filler: TokenRow = { ids: [padTokenId], trained: [false] };
  const side = (pick: (pair: ComparisonRows) => TokenRow) =>
    Array.from({ length: n }, (_, index) => (pairs[index] ? pick(pairs[index]) : filler));
  const rows = [...side((pair) => pair.chosen.row), ...side((pair) => pair.rejected.row)];
  const length = bucketLength(Math.max(...rows.map((row) => row.ids.length)), maxLength);
  const isLast = loss === 'last_token';
  const { ids, attentionMask } = padRows(rows, { padTokenId, side: isLast ? 'left' : 'right', length });
  const places = isLast ? null : comparedPlaces(pairs, rows, length);
  return {
    ids,
    attentionMask,
    positions: positionsOf(attentionMask),
    pairMask: bool(
      Uint8Array.from({ length: n }, (_, index) => (index < pairs.length ? 1 : 0)),
      [n],
    ),
    ...places,
    ...(isLast &&
      packInputs({
        ids,
        attentionMask,
        columns: lastColumn(ids),
        stateMask: null,
        use,
      })),
  };
}

/** Scores of a batch of pairs: [2n, 1] or [2n] at the last tokens, or with `tokenwise` at every position, [2n, t]. */
function pairScores(
  { model, weightsOf }: PlacedModel<ValueModel>,
  lookup: Weights,
  inputs: TensorRecord,
  loss: PairLossKind,
  options: Pick<ForwardOptions, 'recomputes' | 'beside'> = {},
): Tensor {
  const columns = lastColumn(inputs.ids!);
  return model.values(weightsOf(lookup), inputs as never, { ...options, ...(loss === 'last_token' && { columns }) });
}

/** The scores at the last tokens, [2n]. */
function atLastToken(scores: Tensor, { lastToken }: TensorRecord): Tensor {
  return lastToken ? tf.sum(tf.mul(scores, lastToken), 1) : scores.reshape([-1]);
}

export interface PairTraining {
  readonly loss: PairLossKind;
  readonly centerRewardsCoefficient: number;
  readonly recomputes: boolean;
  /** Number of parts of the rows that are computed in parallel. */
  readonly beside: number;
}

/** The loss of a pairwise step, and how often and by how much the chosen response wins at the last token. */
export function pairLoss(
  network: PlacedModel<ValueModel>,
  lookup: Weights,
  inputs: TensorRecord,
  training: PairTraining,
): LossResult {
  const scores = pairScores(network, lookup, inputs, training.loss, training);
  const [chosenScores, rejectedScores] = tf.split(atLastToken(scores, inputs), 2) as [Tensor, Tensor];
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

/** A pairwise loss for a runtime of workers. */
export function pairsPlan(
  network: PlacedModel<ValueModel>,
  { loss, centerRewardsCoefficient }: Pick<PairTraining, 'loss' | 'centerRewardsCoefficient'>,
): PairsPlan {
  return { network: networkPlan(network), loss, centerCoefficient: centerRewardsCoefficient };
}

/** Scores of held-out pairs at their last tokens, with the lengths of the responses. */
export function judgePairs(
  runtime: Runtime,
  network: PlacedModel<ValueModel>,
  pairs: readonly ComparisonRows[],
  batch: PairBatch,
): readonly JudgedPair[] {
  const n = batch.size;
  const inside: Step = (variables, inputs) => {
    const scores = pairScores(network, variables.weights(), inputs, batch.loss);
    return { scores: atLastToken(scores, inputs) };
  };
  const plan = pairsPlan(network, { loss: batch.loss, centerRewardsCoefficient: 0 });
  const step = runtime.compile('judge-pairs', inside, { plan: { kind: 'judge_pairs', ...plan } });
  return Array.from({ length: Math.ceil(pairs.length / n) }, (_, index) => {
    const part = pairs.slice(index * n, (index + 1) * n);
    const { data } = step(pairInputs(part, 'forward', batch)).scores!;
    return part.map((pair, place) => ({
      chosenScore: data[place]!,
      rejectedScore: data[n + place]!,
      chosenLength: pair.chosen.row.ids.length - pair.chosen.promptLength,
      rejectedLength: pair.rejected.row.ids.length - pair.rejected.promptLength,
    }));
  }).flat();
}
