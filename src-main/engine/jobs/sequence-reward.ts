import type { ForwardInput } from '../model/language-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import { float32 } from '../runtime/host-tensor.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';
import type { ForwardBatch } from './pad-batch.ts';

/** One score per row, read at its last real token. Shape: [b, t] to [b]. */
export type SequenceReward = (batch: ForwardBatch) => Float32Array;

/** 1 at the last attended token of each row, 0 elsewhere. Shape: [b, t]. */
function lastTokens({ attentionMask }: ForwardBatch) {
  const [rows, length] = attentionMask.shape as [number, number];
  const marks = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const last = attentionMask.data.subarray(row * length, (row + 1) * length).lastIndexOf(1);
    if (last >= 0) marks[row * length + last] = 1;
  }
  return float32(marks, [rows, length]);
}

/** A reward model's forward pass as one compiled step. */
export function createSequenceReward(
  runtime: Runtime,
  name: string,
  { model, weightsOf }: PlacedModel<ValueModel>,
): SequenceReward {
  const step = runtime.compile(name, (variables, inputs) => {
    const values = model.values(weightsOf(variables.weights()), inputs as unknown as ForwardInput);
    return { scores: tf.sum(tf.mul(values, inputs.lastToken!), 1) };
  });
  return (batch) => step({ ...batch, lastToken: lastTokens(batch) }).scores!.data as Float32Array;
}
