import type { UpdateReport } from '../records.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { HostRecord, Runtime, Step } from '../runtime/types.ts';
import { statValues } from './losses/loss-result.ts';
import { createFolds, createOptimizerStep, type OptimizerStep, type OptimizerStepParts } from './optimizer-step.ts';

export interface SupervisedUpdate {
  readonly update: OptimizerStep;
  /** The loss of a batch in parts and its statistics, without gradients. */
  evaluate(parts: readonly HostRecord[]): UpdateReport;
}

function scalars(record: Readonly<Record<string, HostTensor>>): UpdateReport {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.data[0] as number]));
}

/** Update and evaluation of a model on a fixed dataset, compiled once per batch shape. */
export function createSupervisedUpdate(runtime: Runtime, parts: OptimizerStepParts): SupervisedUpdate {
  const update = createOptimizerStep(runtime, parts);
  const folds = createFolds();
  const inside: Step = (variables, inputs) => {
    const { loss, stats } = parts.loss(variables.weights(), inputs);
    folds.note(stats);
    return { ...statValues(stats), loss };
  };
  const { plan } = parts;
  const remote = plan && { plan: { kind: 'evaluate' as const, loss: plan }, onFolds: folds.onFolds };
  const evaluate = runtime.compile('evaluate', inside, remote);
  return { update, evaluate: (batch) => folds.fold(batch.map((part) => scalars(evaluate(part)))) };
}
