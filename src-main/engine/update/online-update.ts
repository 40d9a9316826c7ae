import type { LanguageModel } from '../model/language-model.ts';
import { packInputs } from '../model/layout/pack-inputs.ts';
import { byColumn, stateEntries } from '../model/layout/packing.ts';
import { responseColumns } from '../model/layout/wanted-columns.ts';
import { networkPlan } from '../model/network-plan.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { type BoolHost, type FloatHost, float32, type HostTensor, type IntHost } from '../runtime/host-tensor.ts';
import { entropyAndLogprobs, labelLogprobs } from '../runtime/ops/log-softmax.ts';
import type { LossPlan } from '../runtime/remote-step.ts';
import { takeRows } from '../runtime/take-rows.ts';
import { tf } from '../runtime/tf.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord, Weights } from '../runtime/types.ts';
import { additive, type LossResult } from './losses/loss-result.ts';
import { createOptimizerStep, type OptimizerStepParts } from './optimizer-step.ts';

interface MaskedInputs {
  /** [b, r] true on stored entries. */
  readonly responseMask: Tensor;
  /** Number of stored entries of the whole minibatch, a scalar. */
  readonly entries: Tensor;
}

/** Inputs of a policy's loss for the minibatch. All but `entries` are [b, r]. */
export interface PolicyLossInputs extends MaskedInputs {
  readonly logprobs: Tensor;
  readonly refLogprobs: Tensor;
  readonly oldLogprobs: Tensor;
  readonly advantages: Tensor;
  /** Entropy of the policy at each entry; only for a method that asks for it. */
  readonly entropy?: Tensor;
}

/** Inputs of a critic's loss for the minibatch. All but `entries` are [b, r]. */
export interface ValueLossInputs extends MaskedInputs {
  readonly values: Tensor;
  /** Values of the critic at collection time. */
  readonly oldValues: Tensor;
  readonly returns: Tensor;
}

/** The scalars of a method that may change between updates, by name. */
export type Knobs<Knob extends string> = Readonly<Record<Knob, number>>;

export interface OnlineUpdateParts<Knob extends string> {
  readonly policy: PlacedModel<LanguageModel>;
  /** Full names of the trained variables, policy and critic together: one optimizer, one gradient norm. */
  readonly trained: readonly string[];
  readonly temperature: number;
  /** Names of the scalars that the policy's loss receives in addition to its inputs. */
  readonly knobs: readonly Knob[];
  readonly policyLoss: (inputs: PolicyLossInputs, knobs: Readonly<Record<Knob, Tensor>>) => LossResult;
  /** Whether the policy's loss receives the entropy of each entry. */
  readonly needsEntropy?: boolean;
  /** Null for a method without a value model. */
  readonly critic: PlacedModel<ValueModel> | null;
  readonly valueLoss: ((inputs: ValueLossInputs) => LossResult) | null;
  /** Weight of the value loss in the sum. */
  readonly vfCoef: number;
  readonly optimizer: OptimizerStepParts['optimizer'];
  /** Rows per forward and backward pass; the minibatch's gradients are summed. Null: the whole minibatch at once. */
  readonly microBatchSize: number | null;
  /** Recomputes the layers in the backward pass to save memory. */
  readonly recomputes: boolean;
}

/** One minibatch: whole sequences in the form that the models accept, and the batch's arrays. */
export interface Minibatch {
  readonly sequences: Readonly<Record<'ids' | 'attentionMask' | 'positions', HostTensor>>;
  readonly batch: Pick<
    AdvantageBatch,
    'responseIds' | 'responseMask' | 'refLogprobs' | 'oldLogprobs' | 'values' | 'advantages' | 'returns'
  >;
}

export interface UpdateAt<Knob extends string> {
  readonly learningRate: number;
  /** Number of optimizer updates since the start of the run, this one included. */
  readonly update: number;
  readonly knobs: Knobs<Knob>;
}

export type OnlineUpdate<Knob extends string = never> = (minibatch: Minibatch, at: UpdateAt<Knob>) => UpdateReport;

/** Number of stored entries. */
function countEntries(responseMask: BoolHost): number {
  return Math.max(
    responseMask.data.reduce((sum, bit) => sum + bit, 0),
    1,
  );
}

/** The inputs of one part, packed if there is enough padding. */
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

/** Names of the knobs among a step's inputs. */
const knobInput = (knob: string) => `knob_${knob}`;

/** The step's inputs, split by rows into parts. */
function partsOf({ sequences, batch }: Minibatch, knobs: Knobs<string>, size: number | null): readonly HostRecord[] {
  const { values, returns } = batch;
  const arrays = {
    ...sequences,
    responseIds: batch.responseIds,
    responseMask: batch.responseMask,
    refLogprobs: batch.refLogprobs,
    oldLogprobs: batch.oldLogprobs,
    advantages: batch.advantages,
    ...(values && returns && { oldValues: values, returns }),
  };
  const shared = {
    ...Object.fromEntries(Object.entries(knobs).map(([knob, value]) => [knobInput(knob), float32([value], [])])),
    entries: float32([countEntries(batch.responseMask)], []),
  };
  const rows = batch.responseIds.shape[0]!;
  if (size === null || size >= rows) return [{ ...inputsOf(arrays), ...shared }];
  return Array.from({ length: rows / size }, (_, part) => {
    const some = Array.from({ length: size }, (__, row) => part * size + row);
    const taken = Object.entries(arrays).map(([key, array]) => [key, takeRows(array as FloatHost, some)]);
    return { ...inputsOf(Object.fromEntries(taken) as typeof arrays), ...shared };
  });
}

type PlannedParts = Pick<OnlineUpdateParts<never>, 'policy' | 'critic' | 'vfCoef' | 'temperature' | 'needsEntropy'>;

function planOf(parts: PlannedParts): LossPlan {
  const { policy, critic, vfCoef, temperature, needsEntropy = false } = parts;
  const plans = { policy: networkPlan(policy), critic: critic && networkPlan(critic) };
  return { kind: 'online', ...plans, vfCoef, temperature, needsEntropy };
}

/**
 * One AdamW step on L_policy + vf_coef L_value over one minibatch, policy and critic together, or on L_policy alone
 * without a critic. Reports `loss`, `policy_loss`, `value_loss`, `grad_norm`, `clipped`, `skipped` and the losses' own
 * statistics.
 */
export function createOnlineUpdate<const Knob extends string = never>(
  runtime: Runtime,
  parts: OnlineUpdateParts<Knob>,
): OnlineUpdate<Knob> {
  const { policy, critic, valueLoss, temperature, vfCoef, recomputes } = parts;

  function policyOutputs(lookup: Weights, inputs: TensorRecord): TensorRecord {
    const { model } = policy;
    const weights = policy.weightsOf(lookup);
    const responseIds = inputs.responseIds!;
    const columns = responseColumns(inputs.ids!, responseIds);
    const { hidden } = model.forward(weights, inputs as never, { columns, recomputes });
    const logits = model.logits(weights, hidden);
    const scored = temperature === 1 ? logits : tf.div(logits, temperature);
    const flat = scored.reshape([-1, model.config.vocabSize]);
    const labels = stateEntries(responseIds, inputs);
    const outputs = parts.needsEntropy ? entropyAndLogprobs(flat, labels) : { logprobs: labelLogprobs(flat, labels) };
    const arranged = Object.entries(outputs).map(([key, x]) => [key, byColumn(x, inputs, responseIds.shape)]);
    return Object.fromEntries(arranged);
  }

  function lossOf(lookup: Weights, inputs: TensorRecord): LossResult {
    const outputs = policyOutputs(lookup, inputs);
    const values = critic?.model.responseValues(critic.weightsOf(lookup), inputs as never, inputs.responseIds!, {
      recomputes,
    });
    const knobs = Object.fromEntries(parts.knobs.map((knob) => [knob, inputs[knobInput(knob)]!]));
    const ofPolicy = parts.policyLoss(
      { ...inputs, ...outputs } as unknown as PolicyLossInputs,
      knobs as Readonly<Record<Knob, Tensor>>,
    );
    if (!values || !valueLoss)
      return { loss: ofPolicy.loss, stats: { policy_loss: additive(ofPolicy.loss), ...ofPolicy.stats } };
    const ofCritic = valueLoss({ ...inputs, values } as unknown as ValueLossInputs);
    return {
      loss: tf.add(ofPolicy.loss, tf.mul(ofCritic.loss, vfCoef)),
      stats: {
        policy_loss: additive(ofPolicy.loss),
        value_loss: additive(ofCritic.loss),
        ...ofPolicy.stats,
        ...ofCritic.stats,
      },
    };
  }

  const size = parts.microBatchSize;
  const step = createOptimizerStep(runtime, {
    ...parts,
    loss: lossOf,
    accumulates: size !== null,
    plan: planOf(parts),
  });
  return (minibatch, { knobs, ...at }) => step(partsOf(minibatch, knobs, size), at);
}
