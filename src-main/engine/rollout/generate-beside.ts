import type { ModelWeights } from '../model/weights.ts';
import { interOpThreads } from '../runtime/inter-op-threads.ts';
import { tf } from '../runtime/tf.ts';
import type { DeviceReport, Tensor, TensorRecord } from '../runtime/types.ts';
import { decodeCompacting, RESULTS, someRows } from './generate-compaction.ts';
import { type GeneratorParts, prefill } from './generate-loop.ts';

/** With fewer rows than this, the cost per token is nearly the same as with this many. */
const FEWEST_ROWS = 32;

/**
 * Number of parts of a batch that are computed in parallel: as many as the operations of a graph that run at once on
 * the CPU, each with 32 rows or more.
 */
export function partsBeside(device: DeviceReport, rows: number): number {
  const most = Math.min(interOpThreads(device), Math.floor(rows / FEWEST_ROWS));
  // All parts have the same shape.
  for (let parts = most; parts > 1; parts -= 1) if (rows % parts === 0) return parts;
  return 1;
}

function joined(parts: readonly Tensor[]): Tensor {
  if (parts[0]?.dtype !== 'bool') return tf.concat([...parts]) as Tensor;
  return (tf.concat(parts.map((part) => part.toInt() as Tensor)) as Tensor).toBool();
}

/**
 * Forward pass of the prompts and decoding to the end, in the number of parts given by {@link partsBeside}: one loop
 * each, which TensorFlow runs in parallel. Each row draws the same tokens as it would in one piece; only rounding may
 * differ.
 * Shapes: inputs [b, ..] as in `prefill`; returns tokens, logprobs, lengths and stopped.
 */
export function generateBeside(
  parts: GeneratorParts,
  weights: ModelWeights,
  inputs: TensorRecord,
  device: DeviceReport,
): TensorRecord {
  const b = inputs.ids!.shape[0] as number;
  const count = partsBeside(device, b);
  const whole = (own: TensorRecord) => {
    const { state, fixed } = prefill(parts, weights, own);
    return decodeCompacting(parts, weights, state, fixed);
  };
  if (count === 1) return whole(inputs);
  const size = b / count;
  const made = Array.from({ length: count }, (_, part) =>
    whole(someRows(inputs, tf.range(part * size, (part + 1) * size, 1, 'int32'))),
  );
  return Object.fromEntries(RESULTS.map((name) => [name, joined(made.map((part) => part[name] as Tensor))]));
}
