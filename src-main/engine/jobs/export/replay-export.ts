import type { ExportDtype } from '#contract/export-dtypes.ts';
import type { ReplayReport } from '../../model/files/model-card.ts';
import { roundedTo } from '../../model/files/rounding.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import { type PlacedModel, plainWeights } from '../../model/weights.ts';
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

/** Outputs at every prompt's last token: logits [b, v], or the values of a model that returns numbers, [b, t]. */
export function outputsOf(
  runtime: Runtime,
  name: string,
  { model, weightsOf }: PlacedModel<Exported>,
  batch: ForwardBatch,
): Float32Array {
  const step = runtime.compile(`replay-${name}`, (variables, inputs: TensorRecord) => {
    const weights = weightsOf(variables.weights());
    const input = inputs as never;
    if ('values' in model) return { outputs: model.values(weights, input) };
    const { hidden } = model.forward(weights, input);
    const [b, t, d] = hidden.shape as [number, number, number];
    // Padding is on the left: the last position is each prompt's own.
    return { outputs: model.logits(weights, tf.slice(hidden, [0, t - 1, 0], [b, 1, d]).reshape([b, d])) };
  });
  const outputs = step({ ...batch }).outputs!.data as Float32Array;
  // Values at padding mean nothing.
  return 'values' in model ? outputs.map((value, index) => (batch.attentionMask.data[index] ? value : 0)) : outputs;
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
export function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => {
    const other = b[index]!;
    if (Object.is(value, other)) return largest;
    const difference = Math.abs(value - other);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }, 0);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Number of tensors below `written/` that are equal bit for bit to those below `source/`, rounded to a type. */
function equalTensors({ variables }: Runtime, dtype: ExportDtype): { equal: number; all: number } {
  const names = variables.names('source/');
  const isEqual = (name: string) => {
    const read = (full: string) => variables.read(full).data as Float32Array;
    return bytesOf(roundedTo(dtype, read(name))).equals(bytesOf(read(`written${name.slice('source'.length)}`)));
  };
  return { equal: names.filter(isEqual).length, all: names.length };
}

/** The prompts as one batch with padding on the left. */
export function replayBatch(prompts: readonly (readonly number[])[]): ForwardBatch {
  const length = Math.max(...prompts.map((ids) => ids.length));
  return padBatch(prompts, { rows: prompts.length, length, side: 'left' });
}

/**
 * Runs the fixed prompts through the weights of the source and of the export, under two prefixes, and compares the
 * results.
 * @param dtype the type to which the export rounds its source.
 */
export function replayExport(
  runtime: Runtime,
  models: { readonly source: Exported; readonly written: Exported },
  prompts: readonly (readonly number[])[],
  dtype: ExportDtype = 'float32',
): ReplayReport {
  const batch = replayBatch(prompts);
  const [before, after] = (['source', 'written'] as const).map((prefix) => ({
    outputs: outputsOf(runtime, prefix, { model: models[prefix], weightsOf: plainWeights(prefix) }, batch),
    tokens: greedyTokens(runtime, prefix, models[prefix], batch),
  })) as [{ outputs: Float32Array; tokens: Int32Array }, { outputs: Float32Array; tokens: Int32Array }];
  const { equal, all } = equalTensors(runtime, dtype);
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
export function replayPrompts(tokenizer: Tokenizer, { config }: Pick<Exported, 'config'>): number[][] {
  const room = Math.max(1, config.contextLength - 32);
  return REPLAY_PROMPTS.map((text) => tokenizer.encode(text, { addSpecialTokens: 'prefix' }).slice(0, room));
}
