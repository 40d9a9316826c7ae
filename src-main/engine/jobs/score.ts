import type { ForwardInput, LanguageModel } from '../model/language-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';
import { batchShape } from './batches/batch-shape.ts';
import { answerInBatches } from './batches/in-batches.ts';
import { type ForwardBatch, padBatch } from './batches/pad-batch.ts';
import type { JobContext } from './job-context.ts';
import { keptStep, openWhole } from './kept/kept-models.ts';
import { lazyTokenizer } from './lazy-tokenizer.ts';
import { readInput } from './read-input.ts';
import { idsOfRows, type RowEncoding, textOrIdsSchema } from './text-or-ids.ts';

/** Log-probability of every id after the first given those before it. Shape: [b, t] to [b, t - 1], row by row. */
type TokenScorer = (batch: ForwardBatch) => Float32Array;

/** A language model's forward pass as one compiled step. */
function createTokenScorer(
  runtime: Runtime,
  name: string,
  { model, weightsOf }: PlacedModel<LanguageModel>,
): TokenScorer {
  const step = runtime.compile(name, (variables, inputs) => {
    const weights = weightsOf(variables.weights());
    const { ids, positions, attentionMask } = inputs as unknown as ForwardInput;
    const [b, t] = ids.shape as [number, number];
    const { hidden } = model.forward(weights, { ids, positions, attentionMask });
    const before = tf.slice(hidden, [0, 0, 0], [b, t - 1, model.config.width]);
    const following = tf.slice(ids, [0, 1], [b, t - 1]);
    return { logprobs: labelLogprobs(model.logits(weights, before), following) };
  });
  return ({ ids, attentionMask, positions }) => step({ ids, attentionMask, positions }).logprobs!.data as Float32Array;
}

/**
 * Answers `{"text"}`, `{"ids"}` or `{"messages"}`, which the model's chat template renders, with `{"ids", "logprobs"}`:
 * log p of each id after the first given those before it.
 * Throws `input_rows_bad` and whatever loading a model throws.
 */
export async function score(job: JobOf<'score'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const rows = await readInput(job.input, textOrIdsSchema);
  const placed = openWhole(runtime, 'language', job);
  const tokenizer = lazyTokenizer(job.model, job.specialTokens);
  const { vocabSize, contextLength, contextIsHard } = placed.model.config;
  const limits = { vocabSize, contextLength, least: 2 };
  const encoding: RowEncoding = {
    text: (text) => tokenizer().encode(text),
    chat: ({ messages, template }) => tokenizer().applyChatTemplate(messages, { template }).ids,
  };
  const items = idsOfRows(rows, encoding, limits);
  const shape = batchShape(vocabSize, contextIsHard ? contextLength : null);
  const scorer = keptStep(runtime, 'score', job, (name) => createTokenScorer(runtime, name, placed));
  const answer = (batch: readonly (readonly number[])[]) => {
    const length = shape.lengthFor(batch[0]!.length);
    const count = Math.min(shape.rowsFor(length), items.length);
    const logprobs = scorer(padBatch(batch, { rows: count, length, side: 'right' }));
    return batch.map((ids, row) => {
      const start = row * (length - 1);
      return { ids, logprobs: Array.from(logprobs.subarray(start, start + ids.length - 1)) };
    });
  };
  const lengthOf = (ids: readonly number[]) => ids.length;
  const done = await answerInBatches({ phase: 'score', items, lengthOf, rowsFor: shape.rowsFor, answer }, context);
  if (done !== null) tell({ kind: 'result', result: { rows: done } });
}
