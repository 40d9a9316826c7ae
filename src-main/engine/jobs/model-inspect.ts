import { KeelError, type KeelErrorShape } from '#contract/errors.ts';
import type { ModelConfig } from '../model/config/model-config.ts';
import { headKindIn } from '../model/heads.ts';
import { openModelFolder } from '../model/model-folder.ts';
import type { WeightFiles } from '../model/safetensors/weight-files.ts';
import { weightFault, weightStatistics } from '../model/weight-statistics.ts';
import type { JobOf } from '../protocol.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
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

/** One line a tensor: what it is and whether its values are usable. Memory holds one tensor at a time. */
function tensorTable(files: WeightFiles) {
  return [...files.tensors.values()].map(({ name, shape, dtype }) => {
    const statistics = weightStatistics(files.read(name));
    return { name, shape, dtype, ...statistics, fault: weightFault(statistics) };
  });
}

/** The value, or in its place the error of a part that the folder may lack. */
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

/** Renders a small conversation: the text as the model would see it, and which of it is trained. */
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
    const { vocabSize, eosTokenId, bosTokenId, padTokenId, padSource } = tokenizer;
    const { allEqual, keepsSpecialText, roundTrips } = selfTest(tokenizer);
    return {
      vocab_size: vocabSize,
      fits_embedding: vocabSize <= config.vocabSize,
      eos: { id: eosTokenId, token: tokenizer.tokenOfId(eosTokenId) },
      bos: bosTokenId === null ? null : { id: bosTokenId, token: tokenizer.tokenOfId(bosTokenId) },
      pad: { id: padTokenId, token: tokenizer.tokenOfId(padTokenId), source: padSource },
      self_test: {
        all_equal: allEqual,
        keeps_special_text: keepsSpecialText,
        differences: roundTrips.filter(({ isEqual }) => !isEqual).map(({ text, decoded }) => ({ text, decoded })),
      },
      chat_template: chatTest(tokenizer),
    };
  });
}

/**
 * Tells of a model folder: family, sizes, every tensor with its counts of NaN, infinite and zero values, the tokenizer's
 * self-test and the chat template. Broken weights are told, not refused. Throws what opening a model folder throws.
 */
export async function modelInspect({ model }: JobOf<'model_inspect'>, { tell }: JobContext): Promise<void> {
  const { config, files, generationConfig } = openModelFolder(model);
  try {
    const tensors = tensorTable(files);
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
        faults: tensors.filter(({ fault }) => fault !== null).map(({ name, fault }) => ({ where: name, why: fault })),
        generation_config: generationConfig,
        tokenizer: tokenizerFacts(model, config),
        tensors,
      },
    });
  } finally {
    files.close();
  }
}
