import type { ChatRow } from '../dataset/messages/chat-row.ts';
import type { ForwardInput } from '../model/language-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import type { Message } from '../records.ts';
import { float32 } from '../runtime/host-tensor.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';
import { eosEndsOf, type ResponseEnds, withEnd } from '../tokenizer/rows/response-ends.ts';
import { tokenRowOfDemonstration } from '../tokenizer/rows/token-rows.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { batchShape } from './batches/batch-shape.ts';
import { answerInBatches } from './batches/in-batches.ts';
import { type ForwardBatch, padBatch } from './batches/pad-batch.ts';
import type { JobContext } from './job-context.ts';
import { keptStep, openWhole } from './kept/kept-models.ts';
import { lazyTokenizer } from './lazy-tokenizer.ts';
import { readInput } from './read-input.ts';
import { idsOfRows, type RowEncoding, textOrIdsSchema } from './text-or-ids.ts';

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

/** Ids of a conversation as training makes them: its last turn is the response. */
function finishedChatIds(tokenizer: Tokenizer, { messages, template }: ChatRow, ends: ResponseEnds) {
  const last = messages.at(-1) as Message;
  const prompt = messages.length > 1 && last.role === 'assistant' ? messages.slice(0, -1) : null;
  const completion = prompt === null ? messages : [last];
  const origin = { file: '', line: 0 };
  const record = { kind: 'demonstration' as const, prompt, completion, origin, ...(template && { template }) };
  return tokenRowOfDemonstration(tokenizer, record, { ends }).row.ids;
}

/**
 * Answers `{"text"}`, `{"ids"}` or `{"messages"}` with `{"reward"}`, the score at the last token. Text is encoded by the
 * model's own tokenizer, messages are rendered by its chat template, and both are ended as in training, by default with
 * EOS; ids are used as given.
 * Throws `input_rows_bad`, `model_head_missing` and whatever loading a model throws.
 */
export async function reward(job: JobOf<'reward'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const rows = await readInput(job.input, textOrIdsSchema);
  const placed = openWhole(runtime, 'value', job);
  const { model } = placed;
  const tokenizer = lazyTokenizer(job.model, job.specialTokens);
  const ends = () => model.config.responseEnds ?? eosEndsOf(tokenizer());
  const encoding: RowEncoding = {
    text: (text) => withEnd(tokenizer().encode(text, { addSpecialTokens: 'prefix' }), tokenizer(), ends()),
    chat: (chat) => finishedChatIds(tokenizer(), chat, ends()),
  };
  const { vocabSize, contextLength, contextIsHard, innerWidth } = model.config;
  const items = idsOfRows(rows, encoding, { vocabSize, contextLength, least: 1 });
  const shape = batchShape(innerWidth, contextIsHard ? contextLength : null);
  const scorer = keptStep(runtime, 'reward', job, (name) => createSequenceReward(runtime, name, placed));
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
