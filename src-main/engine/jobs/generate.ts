import { z } from 'zod';
import type { Fault } from '#contract/errors.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { loadLanguageModel } from '../model/load-model.ts';
import type { JobOf } from '../protocol.ts';
import type { Text } from '../records.ts';
import { cutResponse } from '../rollout/cut-response.ts';
import { createGenerator } from '../rollout/generate.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { promptIds } from '../tokenizer/token-rows.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { batchShape } from './batch-shape.ts';
import { answerInBatches } from './in-batches.ts';
import type { JobContext } from './job-context.ts';
import { padBatch } from './pad-batch.ts';
import { type InputRow, inputError, readInput } from './read-input.ts';

const turnSchema = z.object({ role: z.string(), content: z.string() });
const rowSchema = z.object({ prompt: z.union([z.string(), z.array(turnSchema).min(1)]) });

/** Ids of every prompt; throws `input_rows_bad` with each that is empty or leaves no room for an answer. */
function encodePrompts(
  rows: readonly InputRow<{ readonly prompt: Text }>[],
  tokenizer: Tokenizer,
  { config }: LanguageModel,
  maxNewTokens: number,
): (readonly number[])[] {
  const faults: Fault[] = [];
  const all = rows.map(({ line, row }) => {
    const ids = promptIds(tokenizer, row.prompt);
    const where = `line ${line}`;
    if (ids.length === 0) faults.push({ where, why: 'is an empty prompt' });
    if (ids.length + maxNewTokens > config.contextLength) {
      const why = `has ${ids.length} tokens; with ${maxNewTokens} new ones it exceeds the model's ${config.contextLength}`;
      faults.push({ where, why });
    }
    return ids;
  });
  if (faults.length > 0) throw inputError(faults);
  return all;
}

/** A seed of its own for each batch, named by its first row. */
const batchSeed = (seed: number, row: number) => (seed * 1_000_003 + row) % Number.MAX_SAFE_INTEGER;

/** Floats a token of the prompt costs: keys and values of every layer, and one row of logits at the end. */
const floatsPerToken = ({ config }: LanguageModel) =>
  2 * config.layers * config.keyValueHeads * config.headWidth + config.innerWidth;

/**
 * Answers `{"prompt"}` with `{"text", "ids"}`: the new text without its stop, and the sampled ids. A prompt is a string
 * or a list of messages. The same input, seed and settings give the same answers.
 * Throws `input_rows_bad` and what loading a model throws.
 */
export async function generate(job: JobOf<'generate'>, context: JobContext): Promise<void> {
  const { runtime, tell } = context;
  const { maxNewTokens, temperature, topK, topP } = job;
  const rows = await readInput(job.input, rowSchema);
  const model = loadLanguageModel(runtime.variables, 'model', job.model);
  const tokenizer = loadTokenizer(job.model);
  const items = encodePrompts(rows, tokenizer, model, maxNewTokens);
  const shape = batchShape(floatsPerToken(model), null);
  const stopTokenIds = [...new Set([tokenizer.eosTokenId, ...model.config.eosTokenIds])];
  const sampling = { temperature, topK, topP, stopTokenIds, padTokenId: tokenizer.padTokenId };
  const sample = createGenerator(runtime, { name: 'generate', model, prefix: 'model', maxNewTokens, ...sampling });
  const decode = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens: true });
  const answer = (batch: readonly (readonly number[])[], indices: readonly number[]) => {
    const length = shape.lengthFor(batch[0]!.length);
    const count = Math.min(shape.rowsFor(length), items.length);
    const prompts = padBatch(batch, { rows: count, length, side: 'left' });
    const { ids, lengths } = sample(prompts, batchSeed(job.seed, indices[0]!));
    return batch.map((_, row) => {
      const start = row * maxNewTokens;
      const own = Array.from(ids.data.subarray(start, start + lengths.data[row]!));
      const cut = cutResponse(own, { stopTokenIds, stopStrings: job.stop, decode });
      return { text: cut.text, ids: cut.ids };
    });
  };
  const lengthOf = (ids: readonly number[]) => ids.length;
  const done = await answerInBatches({ phase: 'generate', items, lengthOf, rowsFor: shape.rowsFor, answer }, context);
  if (done !== null) tell({ kind: 'result', result: { rows: done } });
}
