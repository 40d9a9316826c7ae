import { attention } from '../runtime/ops/attention.ts';
import { placeAt, writeAt } from '../runtime/ops/while-loop.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, Weights } from '../runtime/types.ts';
import { causalBias, type KeyValues } from './attention.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { Family, LayerContext } from './families/family.ts';
import { familyOf } from './families/family-of.ts';
import { timesTransposed } from './linear.ts';
import { matrix, type Parameter } from './parameters.ts';
import { rotaryTables } from './rotary.ts';
import { type Columns, takeColumns } from './wanted-columns.ts';

/** A padded batch of sequences, as plain tensors inside a step. */
export interface ForwardInput {
  /** int32 [b, t] */
  readonly ids: Tensor;
  /** int32 [b, t]: cumsum(attentionMask) - 1, at least 0. */
  readonly positions: Tensor;
  /** bool [b, t], true on tokens that may be attended to. */
  readonly attentionMask: Tensor;
}

/** One new token per row after what is in the cache. */
export interface DecodeInput {
  /** int32 [b, 1] */
  readonly ids: Tensor;
  /** int32 [b, 1] */
  readonly positions: Tensor;
  /** Per layer, with room for every token to come: [b, keyValueHeads, s, headWidth]. */
  readonly cache: readonly KeyValues[];
  /** bool [b, s], false on padding. */
  readonly keyMask: Tensor;
  /** int32 scalar: the column of this token. */
  readonly column: Tensor;
}

/**
 * A decoder network: pure functions of weights and tensors, the same for every place that runs it. Weights are looked up
 * by Hugging Face names.
 */
export interface LanguageModel {
  readonly config: ModelConfig;
  readonly trunkParameters: readonly Parameter[];
  /** The output matrix; empty when it is tied to the input embedding. */
  readonly headParameters: readonly Parameter[];
  /**
   * States after the last norm, [b, t, d], and each layer's keys and values. With `columns` the states of those alone,
   * [b, count, d]: the last layer leaves out the work on all others, and so does its gradient.
   */
  forward(
    weights: Weights,
    input: ForwardInput,
    columns?: Columns,
  ): { readonly hidden: Tensor; readonly cache: readonly KeyValues[] };
  /** States of one more token, [b, 1, d], and the keys and values with it written in. */
  decode(weights: Weights, input: DecodeInput): { readonly hidden: Tensor; readonly cache: readonly KeyValues[] };
  /** Shape: hidden [.., d], result [.., v]. Give it the positions that are needed only: logits dominate memory. */
  logits(weights: Weights, hidden: Tensor): Tensor;
}

/** `columns`: the queries that are wanted of this layer, null for all. */
type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor, columns: Columns | null) => Tensor;

function runTrunk(
  family: Family,
  config: ModelConfig,
  weights: Weights,
  input: Pick<ForwardInput, 'ids' | 'positions'>,
  wanted: Columns | null,
  attend: Attend,
): Tensor {
  const [b, t] = input.ids.shape as [number, number];
  const rotary = config.rotary ? rotaryTables(config.rotary, input.positions) : null;
  let x = family.embed(weights, input.ids, input.positions);
  for (let layer = 0; layer < config.layers; layer++) {
    const columns = layer === config.layers - 1 ? wanted : null;
    const attendHere: LayerContext['attend'] = (q, k, v) => attend(layer, q, k, v, columns);
    x = family.layer(weights, x, { config, layer, b, t, columns, rotary, attend: attendHere });
  }
  return family.finalNorm(weights, x, config).reshape([b, wanted?.count ?? t, config.width]);
}

/** One value per distinct window among the layers: a bias is built once and shared. */
function perWindow<T>(config: ModelConfig, length: number, make: (window: number | null) => T): (layer: number) => T {
  const made = new Map<number | null, T>();
  // A window that holds the whole sequence hides nothing.
  const effective = config.windows.map((window) => (window !== null && window >= length ? null : window));
  for (const window of effective) if (!made.has(window)) made.set(window, make(window));
  return (layer) => made.get(effective[layer] as number | null) as T;
}

function forward(family: Family, config: ModelConfig, weights: Weights, input: ForwardInput, wanted: Columns | null) {
  const t = input.ids.shape[1] as number;
  const columns = tf.range(0, t, 1, 'int32');
  const bias = perWindow(config, t, (window) => causalBias(columns, columns, input.attentionMask.toBool(), window));
  const cache: KeyValues[] = [];
  const hidden = runTrunk(family, config, weights, input, wanted, (layer, q, k, v, own) => {
    cache.push({ k, v });
    const scale = config.attentionScales[layer] as number;
    return attention(takeColumns(q, own, 2), k, v, takeColumns(bias(layer), own, 2), scale);
  });
  return { hidden, cache };
}

function decode(family: Family, config: ModelConfig, weights: Weights, input: DecodeInput) {
  const length = input.keyMask.shape[1] as number;
  const columns = tf.range(0, length, 1, 'int32');
  const here = input.column.reshape([1]);
  const bias = perWindow(config, length, (window) => causalBias(here, columns, input.keyMask.toBool(), window));
  const place = placeAt(input.column, (input.cache[0] as KeyValues).k.shape, 2);
  const cache: KeyValues[] = [];
  const hidden = runTrunk(family, config, weights, input, null, (layer, q, k, v) => {
    const old = input.cache[layer] as KeyValues;
    const written = { k: writeAt(old.k, k, place), v: writeAt(old.v, v, place) };
    cache.push(written);
    return attention(q, written.k, written.v, bias(layer), config.attentionScales[layer] as number);
  });
  return { hidden, cache };
}

/** The network of a config. Makes no tensor: weights come with each call. */
export function createLanguageModel(config: ModelConfig): LanguageModel {
  const family = familyOf(config.family);
  const headName = config.tied ? family.embeddingName : family.headNames[0];
  return {
    config,
    trunkParameters: family.trunkParameters(config),
    headParameters: config.tied ? [] : [matrix(config, headName, [config.vocabSize, config.width])],
    forward: (weights, input, columns) => forward(family, config, weights, input, columns ?? null),
    decode: (weights, input) => decode(family, config, weights, input),
    logits: (weights, hidden) => {
      const flat = timesTransposed(hidden.reshape([-1, config.width]), weights(headName));
      return flat.reshape([...hidden.shape.slice(0, -1), config.vocabSize]);
    },
  };
}
