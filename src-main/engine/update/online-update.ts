import type { LanguageModel } from '../model/language-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { adamW, createAdamW } from '../runtime/adam-w.ts';
import { type FloatHost, float32, type HostTensor } from '../runtime/host-tensor.ts';
import { valueAndGradients } from '../runtime/ops/gradients.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import { tf } from '../runtime/tf.ts';
import { responseHidden } from '../model/response-hidden.ts';
import type { Runtime, StepVariables, Tensor, TensorRecord, Weights } from '../runtime/types.ts';

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
}

export interface LossAndStats {
  readonly loss: Tensor;
  readonly stats: TensorRecord;
}

export interface OnlineUpdateParts {
  readonly policy: LanguageModel;
  readonly critic: ValueModel;
  /** Full names of the variables that learn, policy and critic together: one optimizer, one gradient norm. */
  readonly trained: readonly string[];
  readonly temperature: number;
  readonly policyLoss: (inputs: LossInputs) => LossAndStats;
  readonly valueLoss: (inputs: LossInputs) => LossAndStats;
  readonly vfCoef: number;
  readonly optimizer: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
  };
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

const scalar = (value: number): FloatHost => float32([value], []);

function scalars(record: Readonly<Record<string, HostTensor>>): UpdateReport {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.data[0] as number]));
}

/**
 * One AdamW step on L_policy + vf_coef L_value over one minibatch, policy and critic together.
 * Reports `loss`, `policy_loss`, `value_loss`, `grad_norm`, `clipped`, `skipped` and the losses' own statistics.
 */
export function createOnlineUpdate(runtime: Runtime, parts: OnlineUpdateParts): OnlineUpdate {
  const { policy, critic, temperature, vfCoef } = parts;
  createAdamW(runtime.variables, 'optimizer', parts.trained);

  function forward(weights: Weights, inputs: TensorRecord): { logprobs: Tensor; values: Tensor } {
    const ofPolicy: Weights = (name) => weights(`policy/${name}`);
    const ofCritic: Weights = (name) => weights(`critic/${name}`);
    const labels = inputs.responseIds!;
    const hidden = responseHidden(policy.forward(ofPolicy, inputs as never).hidden, labels);
    const logits = policy.logits(ofPolicy, hidden);
    const scored = temperature === 1 ? logits : tf.div(logits, temperature);
    return { logprobs: labelLogprobs(scored, labels), values: critic.responseValues(ofCritic, inputs as never, labels) };
  }

  function lossOf(weights: Weights, inputs: TensorRecord): { loss: Tensor; aux: TensorRecord } {
    const { logprobs, values } = forward(weights, inputs);
    const all = { ...inputs, logprobs, values } as unknown as LossInputs;
    const ofPolicy = parts.policyLoss(all);
    const ofCritic = parts.valueLoss(all);
    const loss = tf.add(ofPolicy.loss, tf.mul(ofCritic.loss, vfCoef));
    return { loss, aux: { policy_loss: ofPolicy.loss, value_loss: ofCritic.loss, ...ofPolicy.stats, ...ofCritic.stats } };
  }

  const step = runtime.compile('update', (variables: StepVariables, inputs) => {
    const { loss, aux, gradients } = valueAndGradients(variables, parts.trained, (weights) => lossOf(weights, inputs));
    const { gradNorm, clipped, skipped } = adamW(variables, gradients, {
      ...parts.optimizer,
      prefix: 'optimizer',
      learningRate: inputs.learningRate!,
      step: inputs.update!,
      loss,
    });
    return { ...aux, loss, grad_norm: gradNorm, clipped, skipped };
  });

  return ({ sequences, batch }, at) =>
    scalars(
      step({
        ...sequences,
        responseIds: batch.responseIds,
        responseMask: batch.responseMask,
        refLogprobs: batch.refLogprobs,
        oldLogprobs: batch.oldLogprobs,
        oldValues: batch.values,
        advantages: batch.advantages,
        returns: batch.returns,
        learningRate: scalar(at.learningRate),
        coefficient: scalar(at.coefficient),
        update: scalar(at.update),
      }),
    );
}
