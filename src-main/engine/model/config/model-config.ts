export type FamilyName = 'gpt2' | 'gpt_neox' | 'llama' | 'mistral' | 'qwen2' | 'qwen3';

export type Activation = 'gelu' | 'gelu_tanh' | 'silu' | 'relu';

/** Rotary positions; `frequencies` are those of the half-split form, one per pair of entries. */
export interface RotaryConfig {
  /** Radians per position, float32 values, [rotated / 2]. */
  readonly frequencies: readonly number[];
  /** Entries of a head that turn; the rest passes. Twice the number of frequencies. */
  readonly rotated: number;
}

/** What the network needs to know of config.json, in one form for all families. */
export interface ModelConfig {
  readonly family: FamilyName;
  readonly vocabSize: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Fewer than `heads` in grouped-query attention. */
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly innerWidth: number;
  /** Longest sequence the model was made for, in tokens. */
  readonly contextLength: number;
  /** True when a longer sequence cannot be computed at all (a table of positions), false when it is only unwise. */
  readonly contextIsHard: boolean;
  readonly activation: Activation;
  readonly normEpsilon: number;
  /** The output head is the input embedding. */
  readonly tied: boolean;
  readonly initializerRange: number;
  readonly rotary: RotaryConfig | null;
  readonly bias: { readonly queryKeyValue: boolean; readonly attentionOutput: boolean; readonly mlp: boolean };
  /** Normalize queries and keys per head (Qwen 3). */
  readonly queryKeyNorm: boolean;
  /** Attention and MLP read the same input (GPT-NeoX). */
  readonly parallelResidual: boolean;
  /** Scale of the attention scores per layer. */
  readonly attentionScales: readonly number[];
  /** Sliding window of each layer in tokens, null for full attention. */
  readonly windows: readonly (number | null)[];
  readonly bosTokenId: number | null;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
  /** config.json as it was read, unknown keys included, so that saving keeps them. */
  readonly raw: Readonly<Record<string, unknown>>;
}
