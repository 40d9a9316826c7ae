import { attention } from '../runtime/ops/attention.ts';
import { overwriteAt, rowsAt } from '../runtime/ops/while-loop.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import { causalBias, type KeyValues, segmentBias } from './attention.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { Family } from './families/family.ts';
import { familyOf } from './families/family-of.ts';
import type { PackedInput } from './layout/packing.ts';
import { type Columns, takeColumns } from './layout/wanted-columns.ts';
import { matrix, type Parameter } from './parameters.ts';
import { type Attend, runTrunk } from './trunk.ts';
import type { ModelWeights } from './weights.ts';

/** A padded batch of sequences, or a packed one, as plain tensors inside a step. */
export interface ForwardInput extends PackedInput {
  /** int32 [b, t] */
  readonly ids: Tensor;
  /** int32 [b, t]: cumsum(attentionMask) - 1, at least 0. */
  readonly positions: Tensor;
  /** bool [b, t], true on tokens that may be attended to; in a packed batch, `segments` replaces it. */
  readonly attentionMask: Tensor;
}

export interface ForwardOptions {
  /** The wanted columns; all of them by default. */
  readonly columns?: Columns;
  /**
   * Keeps only the states between layers for the gradient, which then recomputes each layer: the same numbers with less
   * memory. No cache is returned.
   */
  readonly recomputes?: boolean;
  /**
   * Number of parts of the rows that TensorFlow computes in parallel if operations leave threads free; no cache is
   * returned.
   */
  readonly beside?: number;
}

/** One new token per row after the contents of the cache. */
export interface DecodeInput {
  /** int32 [b, 1] */
  readonly ids: Tensor;
  /** int32 [b, 1] */
  readonly positions: Tensor;
  /** Per layer, with room for all future tokens: [b, keyValueHeads, s, headWidth]. */
  readonly cache: readonly KeyValues[];
  /** bool [b, s], false on padding. */
  readonly keyMask: Tensor;
  /** int32 scalar: the column of this token. */
  readonly column: Tensor;
}

/**
 * A decoder network: pure functions of weights and tensors, the same wherever it runs. ModelWeights are looked up by
 * Hugging Face names.
 */
export interface LanguageModel {
  readonly config: ModelConfig;
  readonly trunkParameters: readonly Parameter[];
  /** The output matrix; empty if it is tied to the input embedding. */
  readonly headParameters: readonly Parameter[];
  /**
   * States after the last norm, [b, t, d], and each layer's keys and values, none with `recomputes`. With `columns`,
   * only the states of those columns, [b, count, d]: the last layer and its gradient skip all others.
   * A packed batch itself specifies which states are wanted, [m, d], and has no cache.
   */
  forward(
    weights: ModelWeights,
    input: ForwardInput,
    options?: ForwardOptions,
  ): { readonly hidden: Tensor; readonly cache: readonly KeyValues[] };
  /** States of one more token, [b, 1, d], and the keys and values with the new token's written in. */
  decode(weights: ModelWeights, input: DecodeInput): { readonly hidden: Tensor; readonly cache: readonly KeyValues[] };
  /** Shape: hidden [.., d], result [.., v]. Pass only the positions that are needed: logits dominate memory. */
  logits(weights: ModelWeights, hidden: Tensor): Tensor;
}

/** One value per distinct window among the layers: each bias is built once and shared. */
function perWindow<T>(config: ModelConfig, length: number, make: (window: number | null) => T): (layer: number) => T {
  const made = new Map<number | null, T>();
  // A window that covers the whole sequence hides nothing.
  const effective = config.windows.map((window) => (window !== null && window >= length ? null : window));
  for (const window of effective) if (!made.has(window)) made.set(window, make(window));
  return (layer) => made.get(effective[layer] as number | null) as T;
}

function forward(
  family: Family,
  config: ModelConfig,
  weights: ModelWeights,
  input: ForwardInput,
  { columns: wanted, recomputes = false, beside = 1 }: ForwardOptions,
) {
  const t = input.ids.shape[1] as number;
  const columns = tf.range(0, t, 1, 'int32');
  const { segments, positions } = input;
  const biasOf = perWindow(config, t, (window) =>
    segments
      ? segmentBias(segments, positions, window)
      : causalBias(columns, columns, input.attentionMask.toBool(), window),
  );
  const own = segments ? null : (wanted ?? null);
  const cache: KeyValues[] = [];
  const attend: Attend = (q, k, v, { layer, bias, columns: taken }) => {
    if (!recomputes && !segments && beside === 1) cache.push({ k, v });
    return attention(
      takeColumns(q, taken, 2),
      k,
      v,
      takeColumns(bias, taken, 2),
      config.attentionScales[layer] as number,
      weights.spares,
    );
  };
  const hidden = runTrunk(
    { family, config, packed: input, wanted: own, recomputes, beside, biasOf, attend },
    weights,
    input,
  );
  return { hidden, cache };
}

function decode(family: Family, config: ModelConfig, weights: ModelWeights, input: DecodeInput) {
  const length = input.keyMask.shape[1] as number;
  const columns = tf.range(0, length, 1, 'int32');
  const here = input.column.reshape([1]);
  const biasOf = perWindow(config, length, (window) => causalBias(here, columns, input.keyMask.toBool(), window));
  const rows = rowsAt(input.column, (input.cache[0] as KeyValues).k.shape);
  const cache: KeyValues[] = [];
  const attend: Attend = (q, k, v, { layer, bias }) => {
    const old = input.cache[layer] as KeyValues;
    const written = { k: overwriteAt(old.k, k, rows), v: overwriteAt(old.v, v, rows) };
    cache.push(written);
    return attention(q, written.k, written.v, bias, config.attentionScales[layer] as number);
  };
  const hidden = runTrunk(
    { family, config, packed: {}, wanted: null, recomputes: false, beside: 1, biasOf, attend },
    weights,
    input,
  );
  return { hidden, cache };
}

/** The network of a config. Creates no tensors: weights are passed with each call. */
export function createLanguageModel(config: ModelConfig): LanguageModel {
  const family = familyOf(config.family);
  const headName = config.tied ? family.embeddingName : family.headNames[0];
  return {
    config,
    trunkParameters: family.trunkParameters(config),
    headParameters: config.tied ? [] : [matrix(config, headName, [config.vocabSize, config.width])],
    forward: (weights, input, options = {}) => forward(family, config, weights, input, options),
    decode: (weights, input) => decode(family, config, weights, input),
    logits: (weights, hidden) => {
      const rows = hidden.reshape([-1, config.width]);
      // Divides the states, not the logits, which are far wider.
      const states = config.logitDivisor === 1 ? rows : tf.div(rows, config.logitDivisor);
      const flat = weights.exactly(states, headName);
      return flat.reshape([...hidden.shape.slice(0, -1), config.vocabSize]);
    },
  };
}
