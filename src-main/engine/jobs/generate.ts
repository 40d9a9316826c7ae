import { join } from 'node:path';
import { z } from 'zod';
import { type Fault, KeelError } from '#contract/errors.ts';
import { folderSignature } from '../adapter-base.ts';
import { readVariables } from '../model/files/variable-files.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { loadLanguageModel } from '../model/load-model.ts';
import { type PlacedModel, plainWeights } from '../model/weights.ts';
import type { EngineReport, JobOf } from '../protocol.ts';
import { type CutRules, cutResponse } from '../rollout/cut-response.ts';
import { createGenerator, type GeneratorParts } from '../rollout/generate.ts';
import { createBlockGenerator } from '../rollout/generate-blocks.ts';
import type { Runtime } from '../runtime/types.ts';
import { readManifest, verifyCheckpoint } from '../session/checkpoint/checkpoints.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { promptIds } from '../tokenizer/rows/token-rows.ts';
import { readingSpecials } from '../tokenizer/special-text.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { batchShape } from './batches/batch-shape.ts';
import { answerInBatches } from './batches/in-batches.ts';
import { type ForwardBatch, padBatch } from './batches/pad-batch.ts';
import { answerInParts, sentText } from './generate/answer-parts.ts';

import type { JobContext } from './job-context.ts';
import { keptOf, openKept, openWhole } from './kept/kept-models.ts';
import { type InputRow, inputError, readInput } from './read-input.ts';
import { chatIds, TEMPLATE_KEYS } from './text-or-ids.ts';

/** Prefix of the variable names in checkpoints. */
const PREFIX = 'policy';

const rowSchema = z
  .object({
    prompt: z.union([z.string(), z.array(z.unknown()).min(1)]).optional(),
    messages: z.array(z.unknown()).min(1).optional(),
    ...TEMPLATE_KEYS,
  })
  .refine(
    (row) => (row.prompt === undefined) !== (row.messages === undefined),
    'must have either "prompt" or "messages"',
  );
type PromptRow = z.infer<typeof rowSchema>;

/** A prompt's ids, and whether a chat template made them; or why it cannot be used. */
function promptOf(row: PromptRow, tokenizer: Tokenizer) {
  const { prompt } = row;
  if (typeof prompt === 'string') return { ids: promptIds(tokenizer, prompt), isChat: false };
  const key = prompt === undefined ? 'messages' : 'prompt';
  const found = chatIds(row, key, ({ messages, template }) => promptIds(tokenizer, messages, template));
  return 'why' in found ? found : { ...found, isChat: true };
}

interface EncodedPrompt {
  readonly ids: readonly number[];
  readonly isChat: boolean;
}

/** Ids of every prompt. Throws `input_rows_bad` with each prompt that is empty or leaves no room for a response. */
function encodePrompts(
  rows: readonly InputRow<PromptRow>[],
  tokenizer: Tokenizer,
  { config }: LanguageModel,
  maxNewTokens: number,
): readonly EncodedPrompt[] {
  const faults: Fault[] = [];
  const all = rows.map(({ line, row }): EncodedPrompt => {
    const where = `line ${line}`;
    const found = promptOf(row, tokenizer);
    if ('why' in found) {
      faults.push({ where, why: found.why });
      return { ids: [], isChat: true };
    }
    const { length } = found.ids;
    if (length === 0) faults.push({ where, why: 'is an empty prompt' });
    if (length + maxNewTokens > config.contextLength) {
      const why =
        `has ${length} tokens; with ${maxNewTokens} new ones, it exceeds the model's limit of ` +
        `${config.contextLength}`;
      faults.push({ where, why });
    }
    return found;
  });
  if (faults.length > 0) throw inputError(faults);
  return all;
}

/** A separate seed for each batch, derived from its first row. */
const batchSeed = (seed: number, row: number) => (seed * 1_000_003 + row) % Number.MAX_SAFE_INTEGER;

/** Floats per prompt token: keys and values of every layer, and one row of logits at the end. */
const floatsPerToken = ({ config }: LanguageModel) =>
  2 * config.layers * config.keyValueHeads * config.headWidth + config.innerWidth;

/** A model with the weights of a checkpoint that a run wrote while training it. */
function loadCheckpoint({ variables }: Runtime, folder: string, checkpoint: string): LanguageModel {
  const model = loadLanguageModel(variables, PREFIX, folder);
  const file = `${PREFIX}.safetensors`;
  if (!(file in readManifest(checkpoint).files)) {
    throw new KeelError({
      code: 'checkpoint_without_policy',
      why: `${checkpoint} does not contain a policy.`,
      fix: 'Choose a checkpoint of an sft, apa, ppo or awr run.',
    });
  }
  verifyCheckpoint(checkpoint, [file]);
  readVariables(join(checkpoint, file), variables);
  return model;
}

function openModel(runtime: Runtime, job: JobOf<'generate'>): PlacedModel<LanguageModel> {
  const { checkpoint, keeps } = job;
  if (checkpoint === null) return job.besideBase ? openKept(runtime, job.model) : openWhole(runtime, 'language', job);
  const load = () => ({ model: loadCheckpoint(runtime, job.model, checkpoint), weightsOf: plainWeights(PREFIX) });
  return keeps ? keptOf(runtime).get(`checkpoint ${checkpoint}`, load) : load();
}

/** Everything that answering a batch requires. */
function openGeneration(job: JobOf<'generate'>, { runtime }: JobContext) {
  const { maxNewTokens, temperature, topK, topP } = job;
  const { model, weightsOf } = openModel(runtime, job);
  const tokenizer = readingSpecials(loadTokenizer(job.model), job.specialTokens);
  const stopTokenIds = tokenizer.stopTokens.ids;
  const sampling = { temperature, topK, topP, stopTokenIds, padTokenId: tokenizer.padTokenId };
  const parts = { name: 'generate', model, weightsOf, maxNewTokens, ...sampling };
  const decode = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens: true });
  const searched = (ids: readonly number[]) => tokenizer.decode(ids);
  return { model, tokenizer, parts, rules: { stopTokenIds, stopStrings: job.stop, decode, searched, tokenizer } };
}

/** Steps that a conversation keeps: recording them takes longer than a short answer. */
function keptSampler<T>(
  { runtime }: JobContext,
  job: JobOf<'generate'>,
  { parts }: ReturnType<typeof openGeneration>,
  make: (parts: GeneratorParts) => T,
): T {
  if (!job.keeps) return make(parts);
  const { model: folder, checkpoint, partTokens } = job;
  const { model: _, weightsOf: __, ...settings } = parts;
  const place = `${checkpoint ?? folder} ${folderSignature(folder)}`;
  const key = `sampler ${place} ${partTokens} ${JSON.stringify(settings)}`;
  return keptOf(runtime).get(key, (number) => make({ ...parts, name: `generate ${number}` }));
}

/** Responses of a batch, all at once. */
function wholeAnswers(
  sample: ReturnType<typeof createGenerator>,
  rules: CutRules,
  prompts: ForwardBatch,
  seed: number,
  rows: number,
) {
  const { ids, lengths } = sample(prompts, seed);
  const width = ids.shape[1] as number;
  return Array.from({ length: rows }, (_, row) => {
    const own = Array.from(ids.data.subarray(row * width, row * width + lengths.data[row]!));
    const cut = cutResponse(own, rules);
    return { text: cut.text, ids: cut.ids };
  });
}

/**
 * Answers `{"prompt"}` or `{"messages"}` with `{"text", "ids"}`: the new text without its stop text, and the sampled
 * ids. A prompt is a string or a list of messages. The same input, seed and settings give the same responses, reported
 * as a whole or, with `partTokens`, as `GeneratedPart`s during generation.
 * Throws `input_rows_bad`, `checkpoint_without_policy`, `checkpoint_corrupt` and whatever loading a model throws.
 */
export async function generate(job: JobOf<'generate'>, context: JobContext): Promise<void> {
  const { runtime, control, tell } = context;
  const rows = await readInput(job.input, rowSchema);
  const opened = openGeneration(job, context);
  const { model, tokenizer, rules } = opened;
  const prompts = encodePrompts(rows, tokenizer, model, job.maxNewTokens);
  const items = prompts.map(({ ids }) => ids);
  const shape = batchShape(floatsPerToken(model), null);
  const batchOf = (batch: readonly (readonly number[])[]) => {
    const length = shape.lengthFor(batch[0]!.length);
    return padBatch(batch, { rows: Math.min(shape.rowsFor(length), items.length), length, side: 'left' });
  };
  const sentOf = (index: number) => sentText(tokenizer, prompts[index]!);
  const work = { phase: 'generate', items, lengthOf: (ids: readonly number[]) => ids.length, rowsFor: shape.rowsFor };
  let done: number | null;
  if (job.partTokens === 0) {
    const sample = keptSampler(context, job, opened, (parts) => createGenerator(runtime, parts));
    const answer = (batch: readonly (readonly number[])[], indices: readonly number[]) =>
      wholeAnswers(sample, rules, batchOf(batch), batchSeed(job.seed, indices[0]!), batch.length);
    done = await answerInBatches({ ...work, answer }, context);
  } else {
    const blockTokens = job.partTokens;
    const sample = keptSampler(context, job, opened, (parts) =>
      createBlockGenerator(runtime, { ...parts, blockTokens }),
    );
    const answer = async (batch: readonly (readonly number[])[], indices: readonly number[]) => {
      const blocks = sample(batchOf(batch), batchSeed(job.seed, indices[0]!));
      await answerInParts(blocks, indices, indices.map(sentOf), rules, (told) => tell({ kind: 'rows', rows: told }));
      return batch;
    };
    const withoutRows = { control, tell: (report: EngineReport) => void (report.kind === 'rows' || tell(report)) };
    done = await answerInBatches({ ...work, answer }, withoutRows);
  }
  if (done !== null) tell({ kind: 'result', result: { rows: done } });
}
