import type { UpdateReport } from '../records.ts';
import { adamW, createAdamW } from '../runtime/adam-w.ts';
import type { AdamWSettings } from '../runtime/adam-w-settings.ts';
import { float32, type HostTensor, int32 } from '../runtime/host-tensor.ts';
import {
  accumulateGradients,
  createGradientSums,
  takeGradientSums,
  valueAndGradients,
} from '../runtime/ops/gradients.ts';
import type { LossPlan, RemoteStep, StepPlan } from '../runtime/remote-step.ts';
import type { HostRecord, Runtime, Step, StepVariables, TensorRecord, Weights } from '../runtime/types.ts';
import { type Fold, type LossResult, statValues } from './losses/loss-result.ts';

export interface OptimizerStepParts {
  /** Full names of the trained variables: one optimizer, one gradient norm. */
  readonly trained: readonly string[];
  /** Divides by `inputs.entries` if the batch comes in several parts. */
  readonly loss: (weights: Weights, inputs: TensorRecord) => LossResult;
  readonly optimizer: AdamWSettings;
  /** True if a batch comes in several parts, whose gradients are summed. */
  readonly accumulates: boolean;
  /** The loss, for a runtime of workers; without it, these refuse the step. */
  readonly plan?: LossPlan;
}

/** One AdamW update on a batch, whole or in parts of one shape. Reports `loss`, `grad_norm`, `clipped`, `skipped` and the loss's statistics. */
export type OptimizerStep = (
  parts: readonly HostRecord[],
  at: { readonly learningRate: number; readonly update: number },
) => UpdateReport;

const PREFIX = 'optimizer';

function scalars(record: Readonly<Record<string, HostTensor>>): UpdateReport {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.data[0] as number]));
}

const FOLDS: Readonly<Record<Fold, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

/** Combines the reports of a batch's parts into one. */
export interface Folds {
  /** Records how statistics fold while a step is traced: a replayed graph returns only numbers. */
  note(stats: Readonly<Record<string, { readonly fold: Fold }>>): void;
  /** The same for a step of workers. */
  onFolds: NonNullable<RemoteStep['onFolds']>;
  /** Values that are not statistics, such as the gradient norm, come from the last part. */
  fold(reports: readonly UpdateReport[]): UpdateReport;
}

export function createFolds(): Folds {
  const folds = new Map<string, Fold>([['loss', 'sum']]);
  return {
    note(stats) {
      for (const [name, { fold }] of Object.entries(stats)) folds.set(name, fold);
    },
    onFolds(found) {
      for (const [name, fold] of Object.entries(found)) folds.set(name, fold);
    },
    fold(reports) {
      const last = reports.at(-1)!;
      return Object.fromEntries(
        Object.entries(last).map(([key, value]) => {
          const fold = folds.get(key);
          return [key, fold ? FOLDS[fold](reports.map((report) => report[key]!)) : value];
        }),
      );
    },
  };
}

/** Creates the optimizer's moments below `optimizer/` and compiles the update. */
export function createOptimizerStep(runtime: Runtime, parts: OptimizerStepParts): OptimizerStep {
  const { trained, optimizer } = parts;
  createAdamW(runtime.variables, PREFIX, trained);
  if (parts.accumulates) createGradientSums(runtime.variables, PREFIX, trained);

  const folds = createFolds();
  const gradientsOf = (variables: StepVariables, inputs: TensorRecord) => {
    const lossOf = (weights: Weights) => {
      const { loss, stats } = parts.loss(weights, inputs);
      folds.note(stats);
      return { loss, aux: statValues(stats) };
    };
    return valueAndGradients(variables, trained, lossOf, inputs.noise);
  };

  const remote = (plan: (loss: LossPlan) => StepPlan): RemoteStep | undefined =>
    parts.plan && { plan: plan(parts.plan), onFolds: folds.onFolds };
  const summed: Step = (variables, inputs) => {
    const { loss, aux, gradients } = gradientsOf(variables, inputs);
    accumulateGradients(variables, PREFIX, gradients);
    return { ...aux, loss };
  };
  const accumulate = runtime.compile(
    'accumulate',
    summed,
    remote((loss) => ({ kind: 'accumulate', loss })),
  );

  const applied: Step = (variables, inputs) => {
    const { loss, aux, gradients } = gradientsOf(variables, inputs);
    const whole = parts.accumulates ? takeGradientSums(variables, PREFIX, gradients) : gradients;
    const { gradNorm, clipped, skipped } = adamW(variables, whole, {
      ...optimizer,
      prefix: PREFIX,
      learningRate: inputs.learningRate!,
      step: inputs.update!,
      loss,
    });
    return { ...aux, loss, grad_norm: gradNorm, clipped, skipped };
  };
  const update = runtime.compile(
    'update',
    applied,
    remote((loss) => ({ kind: 'update', loss, trained, optimizer })),
  );

  return (batch, at) => {
    const now = { learningRate: float32([at.learningRate], []), update: float32([at.update], []) };
    const noisy = batch.map((part, index) => ({ ...part, noise: int32([at.update, index], [2]) }));
    const before = noisy.slice(0, -1).map((part) => scalars(accumulate(part)));
    return folds.fold([...before, scalars(update({ ...noisy.at(-1)!, ...now }))]);
  };
}
