import type { FloatHost, HostTensor } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { type LossResult, statValues } from '#engine/update/losses/loss-result.ts';

export interface Differentiated {
  readonly loss: number;
  readonly stats: Readonly<Record<string, number>>;
  /** Gradient by leaf. */
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
}

let made = 0;

/** A loss and its gradient by each leaf, through the runtime's own differentiation. */
export function differentiate(
  runtime: Runtime,
  leaves: Readonly<Record<string, FloatHost>>,
  inputs: HostRecord,
  loss: (all: Record<string, Tensor>) => LossResult,
): Differentiated {
  made += 1;
  const prefix = `leaf-${made}`;
  const names = Object.keys(leaves);
  for (const name of names) runtime.variables.create(`${prefix}/${name}`, leaves[name]!);
  const paths = names.map((name) => `${prefix}/${name}`);
  const step = runtime.compile(prefix, (variables, fed: TensorRecord) => {
    const result = valueAndGradients(variables, paths, (weights) => {
      const tensors = Object.fromEntries(names.map((name, i) => [name, weights(paths[i]!)]));
      const { loss: value, stats } = loss({ ...fed, ...tensors });
      return { loss: value, aux: statValues(stats) };
    });
    return { loss: result.loss, ...result.gradients, ...result.aux };
  });
  const outputs = step(inputs);
  runtime.variables.remove(`${prefix}/`);
  const isLeaf = (key: string) => key === 'loss' || paths.includes(key);
  const scalars = Object.entries(outputs).filter(([key]) => !isLeaf(key));
  return {
    loss: outputs.loss!.data[0]!,
    stats: Object.fromEntries(scalars.map(([key, { data }]: [string, HostTensor]) => [key, data[0]!])),
    gradients: Object.fromEntries(names.map((name, i) => [name, outputs[paths[i]!]!.data])),
  };
}
