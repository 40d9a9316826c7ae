import type { LanguageModel } from '../model/language-model.ts';
import { packInputs } from '../model/layout/pack-inputs.ts';
import { byColumn, stateEntries } from '../model/layout/packing.ts';
import { responseColumns } from '../model/layout/wanted-columns.ts';
import { networkPlan } from '../model/network-plan.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { PlacedModel, WeightsOf } from '../model/weights.ts';
import type { TokenBatch } from '../records.ts';
import type { BoolHost, FloatHost, IntHost } from '../runtime/host-tensor.ts';
import { entropyAndLogprobs, labelLogprobs, logSoftmax } from '../runtime/ops/log-softmax.ts';
import type { StepPlan } from '../runtime/remote-step.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime, Step, StepVariables, Tensor, TensorRecord } from '../runtime/types.ts';
import { sequenceInputs } from './sequence-inputs.ts';

export interface RolloutScores {
  /** All are [b, r]; entries that are not stored are 0. */
  readonly refLogprobs: FloatHost;
  readonly values: FloatHost | null;
  readonly policyLogprobs: FloatHost | null;
  readonly entropy: FloatHost | null;
  /** KL(policy || reference) at each entry, summed over the vocabulary. */
  readonly exactKl: FloatHost | null;
}

export type RolloutScorer = (input: {
  readonly prompt: Pick<TokenBatch, 'ids' | 'attentionMask'>;
  readonly responseIds: IntHost;
  readonly responseMask: BoolHost;
}) => RolloutScores;

export interface ScorerParts {
  /** Unique name of the compiled step. */
  readonly name: string;
  readonly policy: PlacedModel<LanguageModel>;
  /** Location of the frozen policy's weights; it uses the policy's network. */
  readonly reference: WeightsOf;
  /** Null for a method without values. */
  readonly critic: PlacedModel<ValueModel> | null;
  /** Also evaluate the policy: its log-probs, entropy and exact KL to the reference. */
  readonly withPolicy: boolean;
  /** Divisor of the logits, in sampling and scoring alike. */
  readonly temperature: number;
}

/** Σ_a π(a) (log π(a) - log π_ref(a)). Shape: logits [m, v] both, result [m]. */
function exactKl(policyLogits: Tensor, refLogits: Tensor): Tensor {
  const logPolicy = logSoftmax(policyLogits);
  return tf.sum(tf.mul(tf.exp(logPolicy), tf.sub(logPolicy, logSoftmax(refLogits))), -1);
}

function stored(values: Tensor, responseMask: Tensor): Tensor {
  return tf.where(responseMask.toBool(), values, tf.zerosLike(values));
}

function planOf({ policy, reference, critic, withPolicy, temperature }: ScorerParts): StepPlan {
  const plans = { policy: networkPlan(policy), reference: networkPlan({ model: policy.model, weightsOf: reference }) };
  return { kind: 'score', ...plans, critic: critic && networkPlan(critic), withPolicy, temperature };
}

/**
 * One compiled forward pass of the reference, the critic and, if requested, the policy over a chunk of finished
 * responses.
 */
export function createRolloutScorer(runtime: Runtime, parts: ScorerParts): RolloutScorer {
  const { critic, temperature } = parts;
  const { model: policy } = parts.policy;

  function logitsOf(weightsOf: WeightsOf, variables: StepVariables, inputs: TensorRecord): Tensor {
    const weights = weightsOf(variables.weights());
    const columns = responseColumns(inputs.ids!, inputs.responseIds!);
    const { hidden } = policy.forward(weights, inputs as never, { columns });
    const logits = policy.logits(weights, hidden.reshape([-1, policy.config.width]));
    return temperature === 1 ? logits : tf.div(logits, temperature);
  }

  const valuesOf = ({ model, weightsOf }: PlacedModel<ValueModel>, variables: StepVariables, inputs: TensorRecord) =>
    model.responseValues(weightsOf(variables.weights()), inputs as never, inputs.responseIds!);

  const inside: Step = (variables, inputs) => {
    const { responseIds, responseMask } = inputs as Record<'responseIds' | 'responseMask', Tensor>;
    const labels = stateEntries(responseIds, inputs);
    const ofStates = (numbers: Tensor) => stored(byColumn(numbers, inputs, responseIds.shape), responseMask);
    const refLogits = logitsOf(parts.reference, variables, inputs);
    const outputs: TensorRecord = {
      refLogprobs: ofStates(labelLogprobs(refLogits, labels)),
      ...(critic && { values: stored(valuesOf(critic, variables, inputs), responseMask) }),
    };
    if (!parts.withPolicy) return outputs;
    const policyLogits = logitsOf(parts.policy.weightsOf, variables, inputs);
    const { entropy, logprobs } = entropyAndLogprobs(policyLogits, labels);
    return {
      ...outputs,
      policyLogprobs: ofStates(logprobs),
      entropy: ofStates(entropy),
      exactKl: ofStates(exactKl(policyLogits, refLogits)),
    };
  };
  const step = runtime.compile(parts.name, inside, { plan: planOf(parts) });

  return ({ prompt, responseIds, responseMask }) => {
    const sequences = sequenceInputs(prompt, responseIds, responseMask);
    const columns = responseColumns(sequences.ids, responseIds);
    const packed = packInputs({ ...sequences, columns, stateMask: responseMask, use: 'forward' });
    const outputs = step({ ...sequences, responseIds, responseMask, ...packed });
    return {
      refLogprobs: outputs.refLogprobs as FloatHost,
      values: (outputs.values as FloatHost | undefined) ?? null,
      policyLogprobs: (outputs.policyLogprobs as FloatHost | undefined) ?? null,
      entropy: (outputs.entropy as FloatHost | undefined) ?? null,
      exactKl: (outputs.exactKl as FloatHost | undefined) ?? null,
    };
  };
}
