import type { UpdateReport } from '../records.ts';
import { adamW, createAdamW } from '../runtime/adam-w.ts';
import { float32, type HostTensor } from '../runtime/host-tensor.ts';
import { valueAndGradients } from '../runtime/ops/gradients.ts';
import type { LossResult } from './losses/loss-result.ts';
import type { HostRecord, Runtime, StepVariables, TensorRecord, Weights } from '../runtime/types.ts';

export interface SupervisedUpdateParts {
  /** Full names of the variables that learn. */
  readonly trained: readonly string[];
  readonly loss: (weights: Weights, inputs: TensorRecord) => LossResult;
  readonly optimizer: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
  };
}

export interface SupervisedUpdate {
  /** One AdamW step. Reports `loss`, `grad_norm`, `clipped`, `skipped` and what the loss tells. */
  update(inputs: HostRecord, at: { readonly learningRate: number; readonly update: number }): UpdateReport;
  /** The loss and what it tells, without a gradient. */
  evaluate(inputs: HostRecord): UpdateReport;
}

function scalars(record: Readonly<Record<string, HostTensor>>): UpdateReport {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.data[0] as number]));
}

/** Update and evaluation of a model on a fixed dataset, compiled once per batch shape. */
export function createSupervisedUpdate(runtime: Runtime, parts: SupervisedUpdateParts): SupervisedUpdate {
  createAdamW(runtime.variables, 'optimizer', parts.trained);
  const update = runtime.compile('update', (variables: StepVariables, inputs) => {
    const { loss, aux, gradients } = valueAndGradients(variables, parts.trained, (weights) => {
      const { loss: value, stats } = parts.loss(weights, inputs);
      return { loss: value, aux: stats };
    });
    const { gradNorm, clipped, skipped } = adamW(variables, gradients, {
      ...parts.optimizer,
      prefix: 'optimizer',
      learningRate: inputs.learningRate!,
      step: inputs.update!,
      loss,
    });
    return { ...aux, loss, grad_norm: gradNorm, clipped, skipped };
  });
  const evaluate = runtime.compile('evaluate', (variables, inputs) => {
    const { loss, stats } = parts.loss((name) => variables.read(name), inputs);
    return { ...stats, loss };
  });
  return {
    update: (inputs, at) =>
      scalars(update({ ...inputs, learningRate: float32([at.learningRate], []), update: float32([at.update], []) })),
    evaluate: (inputs) => scalars(evaluate(inputs)),
  };
}
