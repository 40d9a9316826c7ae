import { type Fault, KeelError, type KeelErrorShape } from '#contract/errors.ts';
import type { ModelConfig } from '../model/config/model-config.ts';
import { matchWeights } from '../model/files/match-weights.ts';
import { openModelFolder } from '../model/files/model-folder.ts';
import { weightFault, weightStatistics } from '../model/files/weight-statistics.ts';
import { headKindIn } from '../model/heads.ts';
import { createLanguageModel } from '../model/language-model.ts';
import type { WeightFiles } from '../model/safetensors/weight-files.ts';
import { createValueModel } from '../model/value-model.ts';
import type { JobOf } from '../protocol.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { selfTest } from '../tokenizer/self-test.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { JobContext } from './job-context.ts';

function shapeOf(config: ModelConfig) {
  return {
    hidden_size: config.width,
    num_layers: config.layers,
    num_heads: config.heads,
    num_kv_heads: config.keyValueHeads,
    intermediate_size: config.innerWidth,
    vocab_size: config.vocabSize,
    context: config.contextLength,
    tie_word_embeddings: config.tied,
  };
}

const GAP_MILLISECONDS = 100;

/**
 * One row per tensor: what it is and whether its values are usable. Memory holds one tensor at a time. Null if the job
 * was stopped.
 */
async function tensorTable(files: WeightFiles, { control, tell }: Pick<JobContext, 'control' | 'tell'>) {
  const entries = [...files.tensors.values()];
  const bytesOf = ({ shape }: { readonly shape: readonly number[] }) =>
    4 * shape.reduce((size, axis) => size * axis, 1);
  const total = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  const table = [];
  let done = 0;
  let toldAt = performance.now();
  for (const entry of entries) {
    const statistics = weightStatistics(files.read(entry.name));
    table.push({
      name: entry.name,
      shape: entry.shape,
      dtype: entry.dtype,
      ...statistics,
      fault: weightFault(statistics),
    });
    done += bytesOf(entry);
    if (performance.now() - toldAt < GAP_MILLISECONDS) continue;
    toldAt = performance.now();
    tell({ kind: 'progress', progress: { phase: 'inspect', done, total, unit: 'byte' } });
    // Lets reports leave the process and a stop request arrive.
    await new Promise((resolve) => setImmediate(resolve));
    if ((await control.boundary(table.length)).stop) return null;
  }
  return table;
}

/** The value, or instead the error of a part that the folder may lack. */
function orError<T>(work: () => T): T | { readonly error: KeelErrorShape } {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    return { error: error.toShape() };
  }
}

const CONVERSATION = [
  { role: 'user', content: 'Where is my order?' },
  { role: 'assistant', content: 'On its way.' },
];

/** Renders a small conversation: the text as the model would see it, and which of it is trained on. */
function chatTest(tokenizer: Tokenizer) {
  if (tokenizer.chatTemplate === null) return null;
  return orError(() => {
    const { text, ids, assistantTokens } = tokenizer.applyChatTemplate(CONVERSATION);
    return {
      text,
      tokens: ids.length,
      assistant_text: tokenizer.decode(ids.filter((_, index) => assistantTokens[index])),
    };
  });
}

function tokenizerFacts(folder: string, config: ModelConfig) {
  return orError(() => {
    const tokenizer = loadTokenizer(folder);
    const { vocabSize, eosTokenId, bosTokenId, padTokenId, padSource, stopTokens } = tokenizer;
    const { proves, allEqual, keepsSpecialText, roundTrips } = selfTest(tokenizer);
    return {
      vocab_size: vocabSize,
      fits_embedding: vocabSize <= config.vocabSize,
      eos: { id: eosTokenId, token: tokenizer.tokenOfId(eosTokenId) },
      bos: bosTokenId === null ? null : { id: bosTokenId, token: tokenizer.tokenOfId(bosTokenId) },
      pad: { id: padTokenId, token: tokenizer.tokenOfId(padTokenId), source: padSource },
      stop_tokens: stopTokens.all,
      ignored_stop_tokens: stopTokens.ignored,
      self_test: {
        proves,
        all_equal: allEqual,
        keeps_special_text: keepsSpecialText,
        differences: roundTrips.filter(({ isEqual }) => !isEqual).map(({ text, decoded }) => ({ text, decoded })),
        round_trips: roundTrips.map(({ text, decoded, ids, isEqual }) => ({
          text,
          decoded,
          tokens: ids.length,
          equal: isEqual,
        })),
      },
      chat_template: chatTest(tokenizer),
    };
  });
}

/** All differences between config and weights; empty if the folder can be loaded. */
function mismatches(config: ModelConfig, files: WeightFiles): readonly Fault[] {
  const head = headKindIn(files.tensors.keys());
  const { trunkParameters, headParameters } = head ? createValueModel(config, head) : createLanguageModel(config);
  const matched = orError(() => matchWeights(files, config, [...trunkParameters, ...headParameters]));
  return 'error' in matched ? (matched.error.faults ?? [{ where: 'weights', why: matched.error.why }]) : [];
}

/** Throws all problems that make a folder unusable at once. */
function refuseFaulty(folder: string, faults: readonly Fault[], tokenizer: ReturnType<typeof tokenizerFacts>): void {
  const ofTokenizer: Fault[] = [];
  if ('error' in tokenizer) {
    const { why, fix } = tokenizer.error;
    ofTokenizer.push({ where: 'tokenizer', why, fix });
  } else if (!tokenizer.fits_embedding) {
    ofTokenizer.push({ where: 'tokenizer', why: 'has more tokens than the model has embedding rows' });
  }
  const all = [...faults, ...ofTokenizer];
  if (all.length === 0) return;
  throw new KeelError({
    code: 'model_folder_invalid',
    why: `${folder} cannot be used as a model: ${all.length} ${all.length === 1 ? 'problem' : 'problems'}.`,
    fix: 'Fix the problems listed, or download the model again. Nothing was added.',
    faults: all,
  });
}

/**
 * Describes a model folder: family, sizes, every tensor with its counts of NaN, infinite and zero values, what differs
 * from the config, the tokenizer's self-test and the chat template. Broken weights are reported, not rejected.
 * Throws what opening a model folder throws and, if `strict`, `model_folder_invalid` before the weights are read.
 */
export async function modelInspect(job: JobOf<'model_inspect'>, { control, tell }: JobContext): Promise<void> {
  const { model } = job;
  const { config, files, generationConfig } = openModelFolder(model);
  try {
    const differences = mismatches(config, files);
    const tokenizer = tokenizerFacts(model, config);
    if (job.strict) refuseFaulty(model, differences, tokenizer);
    const tensors = await tensorTable(files, { control, tell });
    if (tensors === null) return tell({ kind: 'stopped', step: null });
    const broken = tensors
      .filter(({ fault }) => fault !== null)
      .map(({ name, fault }) => ({ where: name, why: fault }));
    const { architectures } = config.raw;
    tell({
      kind: 'result',
      result: {
        family: config.family,
        architectures: Array.isArray(architectures) ? architectures : [],
        head: headKindIn(files.tensors.keys()) ?? 'lm',
        parameters: tensors.reduce((sum, { count }) => sum + count, 0),
        shape: shapeOf(config),
        dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
        faults: [...differences, ...broken],
        generation_config: generationConfig,
        tokenizer,
        tensors,
      },
    });
  } finally {
    files.close();
  }
}
