import { loadValueModel } from '../model/load-model.ts';
import { plainWeights } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import { batchShape } from './batch-shape.ts';
import { answerInBatches } from './in-batches.ts';
import type { JobContext } from './job-context.ts';
import { lazyTokenizer } from './lazy-tokenizer.ts';
import { padBatch } from './pad-batch.ts';
import { readInput } from './read-input.ts';
import { createSequenceReward } from './sequence-reward.ts';
import { idsOfRows, textOrIdsSchema } from './text-or-ids.ts';

/**
 * Answers `{"text"}` or `{"ids"}` with `{"reward"}`, the score at the last token. Text is encoded by the model's own
 * tokenizer and ended with its EOS, as in training; ids are used as given.
 * Throws `input_rows_bad`, `model_head_missing` and whatever loading a model throws.
 */
export async function reward(job: JobOf<'reward'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const rows = await readInput(job.input, textOrIdsSchema);
  const model = loadValueModel(runtime.variables, 'model', job.model);
  const tokenizer = lazyTokenizer(job.model);
  const encode = (text: string) => [
    ...tokenizer().encode(text, { addSpecialTokens: 'prefix' }),
    tokenizer().eosTokenId,
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
