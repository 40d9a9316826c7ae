import type { LanguageModel } from '../model/language-model.ts';
import { packInputs } from '../model/pack-inputs.ts';
import { byColumn, stateEntries } from '../model/packing.ts';
import type { ValueModel } from '../model/value-model.ts';
import { responseColumns } from '../model/wanted-columns.ts';
import type { TokenBatch } from '../records.ts';
import type { BoolHost, FloatHost, IntHost } from '../runtime/host-tensor.ts';
import { entropyAndLogprobs, labelLogprobs, logSoftmax } from '../runtime/ops/log-softmax.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime, StepVariables, Tensor, TensorRecord } from '../runtime/types.ts';
import { sequenceInputs } from './sequence-inputs.ts';

export interface RolloutScores {
  /** Each is [b, r]; entries that are not stored hold 0. */
  readonly refLogprobs: FloatHost;
  readonly values: FloatHost;
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
  readonly policy: LanguageModel;
  readonly critic: ValueModel;
  /** Also evaluate the policy: its log-probs, entropy and exact KL to the reference. */
  readonly withPolicy: boolean;
  /** Logits are divided by it, in sampling and scoring alike. */
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

/**
 * One compiled forward of reference, critic and, where asked for, policy over a chunk of finished responses. Weights are
 * read below `policy/`, `reference/` and `critic/`.
 */
export function createRolloutScorer(runtime: Runtime, parts: ScorerParts): RolloutScorer {
  const { policy, critic, temperature } = parts;

  function logitsOf(prefix: string, variables: StepVariables, inputs: TensorRecord): Tensor {
    const weights = variables.weights(prefix);
    const columns = responseColumns(inputs.ids!, inputs.responseIds!);
    const { hidden } = policy.forward(weights, inputs as never, { columns });
    const logits = policy.logits(weights, hidden.reshape([-1, policy.config.width]));
    return temperature === 1 ? logits : tf.div(logits, temperature);
  }

  const step = runtime.compile(parts.name, (variables, inputs) => {
    const { responseIds, responseMask } = inputs as Record<'responseIds' | 'responseMask', Tensor>;
    const labels = stateEntries(responseIds, inputs);
    const ofStates = (numbers: Tensor) => stored(byColumn(numbers, inputs, responseIds.shape), responseMask);
    const refLogits = logitsOf('reference', variables, inputs);
    const outputs: TensorRecord = {
      refLogprobs: ofStates(labelLogprobs(refLogits, labels)),
      values: stored(critic.responseValues(variables.weights('critic'), inputs as never, responseIds), responseMask),
    };
    if (!parts.withPolicy) return outputs;
    const policyLogits = logitsOf('policy', variables, inputs);
    const { entropy, logprobs } = entropyAndLogprobs(policyLogits, labels);
    return {
      ...outputs,
      policyLogprobs: ofStates(logprobs),
      entropy: ofStates(entropy),
      exactKl: ofStates(exactKl(policyLogits, refLogits)),
    };
  });

  return ({ prompt, responseIds, responseMask }) => {
    const sequences = sequenceInputs(prompt, responseIds, responseMask);
    const columns = responseColumns(sequences.ids, responseIds);
    const packed = packInputs({ ...sequences, columns, stateMask: responseMask, use: 'forward' });
    const outputs = step({ ...sequences, responseIds, responseMask, ...packed });
    return {
      refLogprobs: outputs.refLogprobs as FloatHost,
      values: outputs.values as FloatHost,
      policyLogprobs: (outputs.policyLogprobs as FloatHost | undefined) ?? null,
      entropy: (outputs.entropy as FloatHost | undefined) ?? null,
      exactKl: (outputs.exactKl as FloatHost | undefined) ?? null,
    };
  };
}
