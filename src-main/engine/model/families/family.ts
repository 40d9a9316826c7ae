import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { LayerRows } from '../layout/packing.ts';
import type { Parameter } from '../parameters.ts';
import type { RotaryTables } from '../rotary.ts';
import type { ModelWeights } from '../weights.ts';

/** What a layer needs in addition to its weights and input. */
export interface LayerContext {
  readonly config: ModelConfig;
  readonly layer: number;
  readonly b: number;
  readonly t: number;
  /** The last layer continues only with the rows whose states are wanted. */
  readonly rows: LayerRows;
  /** Null for a layer without rotary positions. */
  readonly rotary: RotaryTables | null;
  /** Factors of the queries by position, [b, 1, t, 1]; null for none. */
  readonly queryFactors: Tensor | null;
  /**
   * Attention of this layer, past keys included: q [b, heads, t, headWidth], k and v [b, keyValueHeads, t, headWidth],
   * q and k rotated; returns [b, heads, t, headWidth], in the last layer of the wanted columns only if a batch selects
   * columns.
   */
  readonly attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor;
}

/** Class names in transformers, for `architectures` in config.json. */
export interface Architectures {
  readonly language: string;
  /** With a bias-free head of one label; null if transformers has no such class. */
  readonly score: string | null;
  /** Without a head: folders with a head that transformers does not have open as their trunk. */
  readonly trunk: string;
}

/** The usual names, for instance `LlamaForCausalLM`. */
export function architectures(name: string): Architectures {
  return { language: `${name}ForCausalLM`, score: `${name}ForSequenceClassification`, trunk: `${name}Model` };
}

/** One family of networks, described by the parts in which families differ. `x` is [b · t, width] throughout. */
export interface Family {
  readonly architectures: Architectures;
  /** Prefix of the trunk's tensor names in a folder with a head, for instance `gpt_neox.`. */
  readonly trunkPrefix: string;
  /** Names of the head's matrix in files; the first one is the name that Keel writes. */
  readonly headNames: readonly [string, ...string[]];
  /** The input embedding, which a tied head shares. */
  readonly embeddingName: string;
  /** Tensors in older files that hold no weights. */
  readonly ignored: RegExp;
  trunkParameters(config: ModelConfig): Parameter[];
  /** Parameters of one layer: all that {@link layer} looks up. */
  layerParameters(config: ModelConfig, layer: number): Parameter[];
  /** Shape: ids and positions int32 [b, t], result [b · t, width]. */
  embed(weights: ModelWeights, ids: Tensor, positions: Tensor, config: ModelConfig): Tensor;
  /** Returns [b · t, width], or [m, width] of the wanted rows of `context.rows`. */
  layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor;
  finalNorm(weights: ModelWeights, x: Tensor, config: ModelConfig): Tensor;
}
