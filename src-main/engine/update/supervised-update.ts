import type { UpdateReport } from '../records.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { HostRecord, Runtime } from '../runtime/types.ts';
import { createOptimizerStep, type OptimizerStep, type OptimizerStepParts } from './optimizer-step.ts';

export interface SupervisedUpdate {
  readonly update: OptimizerStep;
  /** The loss and what it tells, without a gradient. */
  evaluate(inputs: HostRecord): UpdateReport;
}

function scalars(record: Readonly<Record<string, HostTensor>>): UpdateReport {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.data[0] as number]));
}

/** Update and evaluation of a model on a fixed dataset, compiled once per batch shape. */
export function createSupervisedUpdate(runtime: Runtime, parts: OptimizerStepParts): SupervisedUpdate {
  const update = createOptimizerStep(runtime, parts);
  const evaluate = runtime.compile('evaluate', (variables, inputs) => {
    const { loss, stats } = parts.loss((name) => variables.read(name), inputs);
    return { ...stats, loss };
  });
  return { update, evaluate: (inputs) => scalars(evaluate(inputs)) };
}
