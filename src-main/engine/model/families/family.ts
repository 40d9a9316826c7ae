import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { LayerRows } from '../layout/packing.ts';
import type { Parameter } from '../parameters.ts';
import type { RotaryTables } from '../rotary.ts';
import type { ModelWeights } from '../weights.ts';

/** What a layer needs beside its weights and input. */
export interface LayerContext {
  readonly config: ModelConfig;
  readonly layer: number;
  readonly b: number;
  readonly t: number;
  /** The last layer goes on with the rows whose states are wanted. */
  readonly rows: LayerRows;
  /** Null for a family with learned positions. */
  readonly rotary: RotaryTables | null;
  /**
   * Attention of this layer, past keys included: q [b, heads, t, headWidth], k and v [b, keyValueHeads, t, headWidth],
   * q and k rotated; gives [b, heads, t, headWidth], in the last layer
   * of the wanted columns alone where a batch has such.
   */
  readonly attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor;
}

/** One family of networks, by the parts in which families differ. `x` is [b · t, width] throughout. */
export interface Family {
  /** Prefix of the trunk's names in a folder with a head, for instance `gpt_neox.`. */
  readonly trunkPrefix: string;
  /** Names of the head's matrix in files, the one Keel writes first. */
  readonly headNames: readonly [string, ...string[]];
  /** The input embedding, which a tied head shares. */
  readonly embeddingName: string;
  /** Leftovers of older files which hold no weights. */
  readonly ignored: RegExp;
  trunkParameters(config: ModelConfig): Parameter[];
  /** Those of one layer: all that {@link layer} looks up. */
  layerParameters(config: ModelConfig, layer: number): Parameter[];
  /** Shape: ids and positions int32 [b, t], result [b · t, width]. */
  embed(weights: ModelWeights, ids: Tensor, positions: Tensor): Tensor;
  /** Gives [b · t, width], or [m, width] of the rows that `context.rows` has for wanted. */
  layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor;
  finalNorm(weights: ModelWeights, x: Tensor, config: ModelConfig): Tensor;
}
