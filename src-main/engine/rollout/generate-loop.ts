import type { KeyValues } from '../model/attention.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { lastColumn } from '../model/layout/wanted-columns.ts';
import type { ModelWeights, WeightsOf } from '../model/weights.ts';
import { placeAt, whileLoop, writeAt } from '../runtime/ops/while-loop.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../runtime/types.ts';
import { type SamplingSettings, sampleTokens } from './generate-sampling.ts';

export interface GeneratorParts extends SamplingSettings {
  /** Unique name of the compiled step. */
  readonly name: string;
  readonly model: LanguageModel;
  readonly weightsOf: WeightsOf;
  /** r, the maximum number of new tokens per row. */
  readonly maxNewTokens: number;
  /** A row ends after any of these tokens, which stays among its ids. Stop strings are cut from the text afterwards. */
  readonly stopTokenIds: readonly number[];
  /** Stop tokens are forbidden before this many tokens. Default 0. */
  readonly minNewTokens?: number;
  readonly padTokenId: number;
}

/** [b] true where a row's new token ends the row. */
function isStop(tokens: Tensor, stopTokenIds: readonly number[]): Tensor {
  if (stopTokenIds.length === 0) return tf.fill(tokens.shape, 0, 'int32').toBool();
  const stops = tf.tensor1d([...stopTokenIds], 'int32').expandDims(0);
  return tf.any(tf.equal(tokens.expandDims(1), stops), 1);
}

/** The loop's tensors: keys and values of each layer, tokens, log-probs and which rows have ended. */
export interface Progress {
  readonly step: Tensor;
  readonly tokens: Tensor;
  readonly logprobs: Tensor;
  readonly last: Tensor;
  readonly alive: Tensor;
  readonly lengths: Tensor;
  readonly stopped: Tensor;
}

const FORBIDDEN = -1e9;

/** Logits with the stop tokens forbidden while `step` is below `minNewTokens`. Shape: [b, v] to [b, v]. */
function withoutEarlyStop(logits: Tensor, step: Tensor, { minNewTokens = 0, stopTokenIds }: GeneratorParts): Tensor {
  if (minNewTokens === 0 || stopTokenIds.length === 0) return logits;
  const penalty = new Float32Array(logits.shape[1] as number);
  for (const id of stopTokenIds) penalty[id] = FORBIDDEN;
  const early = tf.less(step, tf.scalar(minNewTokens, 'int32')).toFloat();
  return tf.add(logits, tf.mul(early, tf.tensor1d(penalty).expandDims(0)));
}

/** The part of a loop step after the model: samples the next token of every row and stores it. */
export function record(progress: Progress, logits: Tensor, uniforms: Tensor, parts: GeneratorParts): Progress {
  const { step, alive } = progress;
  const b = alive.shape[0] as number;
  const sampled = sampleTokens(withoutEarlyStop(logits, step, parts), tf.gather(uniforms, step, 1), parts);
  const last = tf.where(alive, sampled.tokens, tf.fill([b], parts.padTokenId, 'int32'));
  const logprob = tf.where(alive, sampled.logprobs, tf.zerosLike(sampled.logprobs));
  const ends = isStop(sampled.tokens, parts.stopTokenIds);
  const place = placeAt(step, progress.tokens.shape, 1);
  return {
    step: tf.add(step, tf.scalar(1, 'int32')),
    // Ids are stored as float32, which is exact below 2^24, because the in-place write exists only for that dtype.
    tokens: writeAt(progress.tokens, last.toFloat().expandDims(1), place),
    logprobs: writeAt(progress.logprobs, logprob.expandDims(1), place),
    last,
    alive: tf.logicalAnd(alive, tf.logicalNot(ends)),
    lengths: tf.add(progress.lengths, alive.toInt()),
    stopped: tf.logicalOr(progress.stopped, tf.logicalAnd(alive, ends)),
  };
}

/** The state before the first token. */
export function start(b: number, r: number, padTokenId: number): Progress {
  const zeros = tf.fill([b], 0, 'int32');
  return {
    step: tf.scalar(0, 'int32'),
    tokens: tf.fill([b, r], padTokenId, 'float32'),
    logprobs: tf.fill([b, r], 0, 'float32'),
    last: zeros,
    alive: tf.fill([b], 1, 'int32').toBool(),
    lengths: zeros,
    stopped: zeros.toBool(),
  };
}

/** The loop's state as one record: loops and steps pass records. */
export function flatten(progress: Progress, cache: readonly KeyValues[]): TensorRecord {
  const entries = cache.flatMap(({ k, v }, layer) => [
    [`k${layer}`, k],
    [`v${layer}`, v],
  ]);
  return { ...progress, ...Object.fromEntries(entries) };
}

export function unflatten(state: TensorRecord, layers: number): { progress: Progress; cache: KeyValues[] } {
  const cache = Array.from({ length: layers }, (_, layer) => ({ k: state[`k${layer}`]!, v: state[`v${layer}`]! }));
  return { progress: state as unknown as Progress, cache };
}

/** Values that the loop reads but does not change. */
export interface LoopInputs {
  /** bool [b, q + r], false on the prompts' padding. */
  readonly keyMask: Tensor;
  /** int32 [b] */
  readonly promptLengths: Tensor;
  /** [b, r, 2] */
  readonly uniforms: Tensor;
}

/** The forward pass of the prompts and the first new token of every row. */
export function prefill(
  parts: GeneratorParts,
  weights: ModelWeights,
  inputs: TensorRecord,
): { readonly state: TensorRecord; readonly fixed: LoopInputs } {
  const { model, maxNewTokens: r } = parts;
  const { keyValueHeads, headWidth, width } = model.config;
  const attentionMask = inputs.attentionMask!.toBool();
  const b = attentionMask.shape[0] as number;
  const uniforms = inputs.uniforms!;
  const prompts = { ids: inputs.ids!, positions: inputs.positions!, attentionMask };
  const { hidden, cache } = model.forward(weights, prompts, { columns: lastColumn(prompts.ids) });
  const logits = model.logits(weights, hidden.reshape([b, width]));
  const room = tf.fill([b, keyValueHeads, r, headWidth], 0, 'float32') as Tensor;
  const withRoom = (x: Tensor) => tf.concat([x, room], 2);
  const roomy = cache.map(({ k, v }) => ({ k: withRoom(k), v: withRoom(v) }));
  const state = flatten(record(start(b, r, parts.padTokenId), logits, uniforms, parts), roomy);
  const promptLengths = tf.sum(attentionMask.toInt(), 1).toInt();
  const keyMask = tf.concat([attentionMask.toInt(), tf.fill([b, r], 1, 'int32')], 1).toBool();
  return { state, fixed: { keyMask, promptLengths, uniforms } };
}

/**
 * Continues from a state until `limit` tokens are sampled or at most `fewest` rows are live.
 * @param limit int32 scalar, at most r.
 */
export function decodeUntil(
  parts: GeneratorParts,
  weights: ModelWeights,
  state: TensorRecord,
  fixed: LoopInputs,
  limit: Tensor,
  fewest = 0,
): TensorRecord {
  const { model } = parts;
  const { layers, width } = model.config;
  const { keyMask, promptLengths, uniforms } = fixed;
  const [b, length] = keyMask.shape as [number, number];
  const q = length - parts.maxNewTokens;
  const goesOn = ({ step, alive }: TensorRecord) => {
    const isLive = tf.greater(tf.sum(alive!.toInt()), tf.scalar(fewest, 'int32'));
    return tf.logicalAnd(tf.less(step!, limit), isLive) as Tensor;
  };
  const oneMore = (before: TensorRecord) => {
    const { progress, cache } = unflatten(before, layers);
    const place = tf.sub(progress.step, tf.scalar(1, 'int32'));
    const decoded = model.decode(weights, {
      ids: progress.last.reshape([b, 1]),
      positions: tf.add(promptLengths, place).reshape([b, 1]),
      cache,
      keyMask,
      column: tf.add(place, tf.scalar(q, 'int32')),
    });
    const next = model.logits(weights, decoded.hidden.reshape([b, width]));
    return flatten(record(progress, next, uniforms, parts), decoded.cache);
  };
  return whileLoop(state, goesOn, oneMore);
}
