import type { LanguageModel } from '../model/language-model.ts';
import { packInputs } from '../model/pack-inputs.ts';
import { byColumn, stateEntries } from '../model/packing.ts';
import type { ValueModel } from '../model/value-model.ts';
import { responseColumns } from '../model/wanted-columns.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { type BoolHost, type FloatHost, float32, type HostTensor, type IntHost } from '../runtime/host-tensor.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import { takeRows } from '../runtime/take-rows.ts';
import { tf } from '../runtime/tf.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord, Weights } from '../runtime/types.ts';
import type { LossResult } from './losses/loss-result.ts';
import { createOptimizerStep, type OptimizerStepParts } from './optimizer-step.ts';

/** Everything a loss may look at, for the minibatch. All are [b, r] but `coefficient`, a scalar. */
export interface LossInputs {
  readonly logprobs: Tensor;
  readonly refLogprobs: Tensor;
  readonly oldLogprobs: Tensor;
  readonly values: Tensor;
  readonly oldValues: Tensor;
  readonly advantages: Tensor;
  readonly returns: Tensor;
  readonly responseMask: Tensor;
  /** The method's knob that may change during a run: 1/λ for APA and AWR, unused by PPO. */
  readonly coefficient: Tensor;
  /** Stored entries of the whole minibatch, a scalar. */
  readonly entries: Tensor;
}

export interface OnlineUpdateParts {
  readonly policy: LanguageModel;
  readonly critic: ValueModel;
  /** Full names of the variables that learn, policy and critic together: one optimizer, one gradient norm. */
  readonly trained: readonly string[];
  readonly temperature: number;
  readonly policyLoss: (inputs: LossInputs) => LossResult;
  readonly valueLoss: (inputs: LossInputs) => LossResult;
  readonly vfCoef: number;
  readonly optimizer: OptimizerStepParts['optimizer'];
  /** Rows of one forward and backward pass; the minibatch's gradients are summed. Null: the whole minibatch at once. */
  readonly microBatchSize: number | null;
  /** Computes the layers a second time in the backward pass, for less memory. */
  readonly recomputes: boolean;
}

/** One minibatch: whole sequences as the models take them, and the batch's arrays. */
export interface Minibatch {
  readonly sequences: Readonly<Record<'ids' | 'attentionMask' | 'positions', HostTensor>>;
  readonly batch: Pick<
    AdvantageBatch,
    'responseIds' | 'responseMask' | 'refLogprobs' | 'oldLogprobs' | 'values' | 'advantages' | 'returns'
  >;
}

export type OnlineUpdate = (
  minibatch: Minibatch,
  at: { readonly learningRate: number; readonly coefficient: number; readonly update: number },
) => UpdateReport;

/** Number of stored entries. */
function countEntries(responseMask: BoolHost): number {
  return Math.max(
    responseMask.data.reduce((sum, bit) => sum + bit, 0),
    1,
  );
}

/** A part's inputs, packed where it has padding enough. */
function inputsOf(
  part: Readonly<Record<'ids' | 'attentionMask' | 'responseIds' | 'responseMask', HostTensor>>,
): HostRecord {
  const { ids, attentionMask, responseIds, responseMask } = part;
  const packed = packInputs({
    ids: ids as IntHost,
    attentionMask: attentionMask as BoolHost,
    columns: responseColumns(ids, responseIds),
    stateMask: responseMask as BoolHost,
    use: 'update',
  });
  return { ...part, ...packed };
}

/** The step's inputs, cut by rows into parts. */
function partsOf({ sequences, batch }: Minibatch, coefficient: number, size: number | null): readonly HostRecord[] {
  const arrays = {
    ...sequences,
    responseIds: batch.responseIds,
    responseMask: batch.responseMask,
    refLogprobs: batch.refLogprobs,
    oldLogprobs: batch.oldLogprobs,
    oldValues: batch.values,
    advantages: batch.advantages,
    returns: batch.returns,
  };
  const shared = { coefficient: float32([coefficient], []), entries: float32([countEntries(batch.responseMask)], []) };
  const rows = batch.responseIds.shape[0]!;
  if (size === null || size >= rows) return [{ ...inputsOf(arrays), ...shared }];
  return Array.from({ length: rows / size }, (_, part) => {
    const some = Array.from({ length: size }, (__, row) => part * size + row);
    const taken = Object.entries(arrays).map(([key, array]) => [key, takeRows(array as FloatHost, some)]);
    return { ...inputsOf(Object.fromEntries(taken) as typeof arrays), ...shared };
  });
}

/**
 * One AdamW step on L_policy + vf_coef L_value over one minibatch, policy and critic together.
 * Reports `loss`, `policy_loss`, `value_loss`, `grad_norm`, `clipped`, `skipped` and the losses' own statistics.
 */
export function createOnlineUpdate(runtime: Runtime, parts: OnlineUpdateParts): OnlineUpdate {
  const { policy, critic, temperature, vfCoef, recomputes } = parts;

  function forward(weights: Weights, inputs: TensorRecord): { logprobs: Tensor; values: Tensor } {
    const ofPolicy: Weights = (name) => weights(`policy/${name}`);
    const ofCritic: Weights = (name) => weights(`critic/${name}`);
    const responseIds = inputs.responseIds!;
    const columns = responseColumns(inputs.ids!, responseIds);
    const { hidden } = policy.forward(ofPolicy, inputs as never, { columns, recomputes });
    const logits = policy.logits(ofPolicy, hidden);
    const scored = temperature === 1 ? logits : tf.div(logits, temperature);
    const flat = scored.reshape([-1, policy.config.vocabSize]);
    return {
      logprobs: byColumn(labelLogprobs(flat, stateEntries(responseIds, inputs)), inputs, responseIds.shape),
      values: critic.responseValues(ofCritic, inputs as never, responseIds, { recomputes }),
    };
  }

  function lossOf(weights: Weights, inputs: TensorRecord): LossResult {
    const { logprobs, values } = forward(weights, inputs);
    const all = { ...inputs, logprobs, values } as unknown as LossInputs;
    const ofPolicy = parts.policyLoss(all);
    const ofCritic = parts.valueLoss(all);
    const loss = tf.add(ofPolicy.loss, tf.mul(ofCritic.loss, vfCoef));
    return {
      loss,
      stats: { policy_loss: ofPolicy.loss, value_loss: ofCritic.loss, ...ofPolicy.stats, ...ofCritic.stats },
    };
  }

  const size = parts.microBatchSize;
  const step = createOptimizerStep(runtime, { ...parts, loss: lossOf, accumulates: size !== null });
  return (minibatch, { coefficient, ...at }) => step(partsOf(minibatch, coefficient, size), at);
}
