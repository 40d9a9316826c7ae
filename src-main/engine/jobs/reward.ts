import type { ForwardInput } from '../model/language-model.ts';
import { loadValueModel } from '../model/load-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import { type PlacedModel, plainWeights } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import { float32 } from '../runtime/host-tensor.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';
import { batchShape } from './batches/batch-shape.ts';
import { answerInBatches } from './batches/in-batches.ts';
import { type ForwardBatch, padBatch } from './batches/pad-batch.ts';
import type { JobContext } from './job-context.ts';
import { lazyTokenizer } from './lazy-tokenizer.ts';
import { readInput } from './read-input.ts';
import { idsOfRows, textOrIdsSchema } from './text-or-ids.ts';

/** One score per row, read at its last real token. Shape: [b, t] to [b]. */
type SequenceReward = (batch: ForwardBatch) => Float32Array;

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

/**
 * Answers `{"text"}` or `{"ids"}` with `{"reward"}`, the score at the last token. Text is encoded by the model's own
 * tokenizer and ended as in training, by default with its EOS; ids are used as given.
 * Throws `input_rows_bad`, `model_head_missing` and whatever loading a model throws.
 */
export async function reward(job: JobOf<'reward'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const rows = await readInput(job.input, textOrIdsSchema);
  const model = loadValueModel(runtime.variables, 'model', job.model);
  const tokenizer = lazyTokenizer(job.model);
  const encode = (text: string) => [
    ...tokenizer().encode(text, { addSpecialTokens: 'prefix' }),
    model.config.responseEnds?.append ?? tokenizer().eosTokenId,
  ];
  const { vocabSize, contextLength, contextIsHard, innerWidth } = model.config;
  const items = idsOfRows(rows, encode, { vocabSize, contextLength, least: 1 });
  const shape = batchShape(innerWidth, contextIsHard ? contextLength : null);
  const scorer = createSequenceReward(runtime, 'reward', { model, weightsOf: plainWeights('model') });
  const answer = (batch: readonly (readonly number[])[]) => {
    const length = shape.lengthFor(batch[0]!.length);
    const count = Math.min(shape.rowsFor(length), items.length);
    const scores = scorer(padBatch(batch, { rows: count, length, side: 'right' }));
    return batch.map((_, row) => ({ reward: scores[row]! }));
  };
  const lengthOf = (ids: readonly number[]) => ids.length;
  const done = await answerInBatches({ phase: 'reward', items, lengthOf, rowsFor: shape.rowsFor, answer }, context);
  if (done !== null) tell({ kind: 'result', result: { rows: done } });
}
