import type { ReplayReport } from '../../model/files/model-card.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import { plainWeights } from '../../model/weights.ts';
import { createGenerator } from '../../rollout/generate.ts';
import { tf } from '../../runtime/tf.ts';
import type { Runtime, TensorRecord } from '../../runtime/types.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { type ForwardBatch, padBatch } from '../batches/pad-batch.ts';

/** Texts on which every export is replayed. */
export const REPLAY_PROMPTS = [
  'The',
  'Where is my order?',
  'Once upon a time there was a',
  '\n\nHuman: How do I write a polite letter?\n\nAssistant:',
] as const;

const NEW_TOKENS = 16;

export type Exported = LanguageModel | ValueModel;

function outputsOf(runtime: Runtime, prefix: string, model: Exported, batch: ForwardBatch): Float32Array {
  const step = runtime.compile(`replay-${prefix}`, (variables, inputs: TensorRecord) => {
    const weights = plainWeights(prefix)(variables.weights());
    const input = inputs as never;
    if ('values' in model) return { outputs: model.values(weights, input) };
    const { hidden } = model.forward(weights, input);
    const [b, t, d] = hidden.shape as [number, number, number];
    // Padding is on the left: the last position is each prompt's own.
    return { outputs: model.logits(weights, tf.slice(hidden, [0, t - 1, 0], [b, 1, d]).reshape([b, d])) };
  });
  return step({ ...batch }).outputs!.data as Float32Array;
}

function greedyTokens(runtime: Runtime, prefix: string, model: Exported, batch: ForwardBatch): Int32Array {
  if ('values' in model) return new Int32Array(0);
  const settings = { temperature: 0, topK: 0, topP: 1, stopTokenIds: [], padTokenId: 0, maxNewTokens: NEW_TOKENS };
  const generate = createGenerator(runtime, {
    name: `greedy-${prefix}`,
    weightsOf: plainWeights(prefix),
    model,
    ...settings,
  });
  return generate(batch, 0).ids.data;
}

/** Infinite if one value is NaN and the other is not. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => {
    const other = b[index]!;
    if (Object.is(value, other)) return largest;
    const difference = Math.abs(value - other);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }, 0);
}

/** Number of tensors under two prefixes that are equal bit for bit. */
function equalTensors({ variables }: Runtime, source: string, written: string): { equal: number; all: number } {
  const names = variables.names(`${source}/`);
  const isEqual = (name: string) => {
    const bytes = (full: string) => Buffer.from(variables.read(full).data.buffer);
    return bytes(name).equals(bytes(written + name.slice(source.length)));
  };
  return { equal: names.filter(isEqual).length, all: names.length };
}

/**
 * Runs the fixed prompts through the weights of the source and of the export, under two prefixes, and compares the
 * results.
 */
export function replayExport(
  runtime: Runtime,
  models: { readonly source: Exported; readonly written: Exported },
  prompts: readonly (readonly number[])[],
): ReplayReport {
  const length = Math.max(...prompts.map((ids) => ids.length));
  const batch = padBatch(prompts, { rows: prompts.length, length, side: 'left' });
  const [before, after] = (['source', 'written'] as const).map((prefix) => ({
    outputs: outputsOf(runtime, prefix, models[prefix], batch),
    tokens: greedyTokens(runtime, prefix, models[prefix], batch),
  })) as [{ outputs: Float32Array; tokens: Int32Array }, { outputs: Float32Array; tokens: Int32Array }];
  const { equal, all } = equalTensors(runtime, 'source', 'written');
  return {
    tensors: all,
    equal_tensors: equal,
    prompts: prompts.length,
    new_tokens: before.tokens.length,
    identical_tokens: before.tokens.filter((id, index) => id === after.tokens[index]).length,
    max_abs_difference: largestDifference(before.outputs, after.outputs),
  };
}

/** The prompts as the model reads them, truncated to leave room in the context for a response. */
export function replayPrompts(tokenizer: Tokenizer, { config }: Exported): number[][] {
  const room = Math.max(1, config.contextLength - 32);
  return REPLAY_PROMPTS.map((text) => tokenizer.encode(text, { addSpecialTokens: 'prefix' }).slice(0, room));
}
