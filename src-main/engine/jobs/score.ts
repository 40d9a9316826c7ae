import { loadLanguageModel } from '../model/load-model.ts';
import { plainWeights } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import { batchShape } from './batch-shape.ts';
import { answerInBatches } from './in-batches.ts';
import type { JobContext } from './job-context.ts';
import { lazyTokenizer } from './lazy-tokenizer.ts';
import { padBatch } from './pad-batch.ts';
import { readInput } from './read-input.ts';
import { idsOfRows, textOrIdsSchema } from './text-or-ids.ts';
import { createTokenScorer } from './token-scorer.ts';

/**
 * Answers `{"text"}` or `{"ids"}` with `{"ids", "logprobs"}`: log p of each id after the first given those before it.
 * Throws `input_rows_bad` and whatever loading a model throws.
 */
export async function score(job: JobOf<'score'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const rows = await readInput(job.input, textOrIdsSchema);
  const model = loadLanguageModel(runtime.variables, 'model', job.model);
  const tokenizer = lazyTokenizer(job.model);
  const { vocabSize, contextLength, contextIsHard } = model.config;
  const limits = { vocabSize, contextLength, least: 2 };
  const items = idsOfRows(rows, (text) => tokenizer().encode(text), limits);
  const shape = batchShape(vocabSize, contextIsHard ? contextLength : null);
  const scorer = createTokenScorer(runtime, 'score', { model, weightsOf: plainWeights('model') });
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
