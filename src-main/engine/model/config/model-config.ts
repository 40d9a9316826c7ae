export type FamilyName = 'gpt2' | 'gpt_neox' | 'llama' | 'mistral' | 'qwen2' | 'qwen3';

export type Activation = 'gelu' | 'gelu_tanh' | 'silu' | 'relu';

/** Rotary positions; `frequencies` are those of the half-split form, one per pair of entries. */
export interface RotaryConfig {
  /** Radians per position, as float32 values, [rotated / 2]. */
  readonly frequencies: readonly number[];
  /** Entries of a head that are rotated; the rest pass through. Twice the number of frequencies. */
  readonly rotated: number;
  /** Factor of cosines and sines (YaRN); 1 for other types. */
  readonly cosines: number;
}

/** The values of config.json that the network needs, in one form for all families. */
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
  /** Longest sequence the model was designed for, in tokens. */
  readonly contextLength: number;
  /** True if a longer sequence cannot be computed (a position table), false if it is only not recommended. */
  readonly contextIsHard: boolean;
  readonly activation: Activation;
  readonly normEpsilon: number;
  /** True if the output head is the input embedding. */
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
  /** For a reward model that Keel trained: the end of a response, and the ids that are one. Null for any other model. */
  readonly responseEnds: { readonly append: number; readonly ids: readonly number[] } | null;
  /** config.json as read, unknown keys included, so that saving keeps them. */
  readonly raw: Readonly<Record<string, unknown>>;
}
