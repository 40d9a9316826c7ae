/** A family's name: `model_type` in config.json. */
export type FamilyName =
  | 'gpt2'
  | 'gpt_neox'
  | 'llama'
  | 'mistral'
  | 'qwen2'
  | 'qwen3'
  | 'smollm3'
  | 'granite'
  | 'olmo2'
  | 'olmo3'
  | 'gemma3_text'
  | 'phi3'
  | 'ministral'
  | 'ministral3';

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

/** Queries multiplied by 1 + beta · log(1 + ⌊position / length⌋), as in Llama 4 and Ministral 3. */
export interface QueryScaling {
  readonly beta: number;
  /** In tokens. */
  readonly length: number;
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
  /** Rotary positions of each layer, null for none. Layers with equal positions share one object. */
  readonly rotary: readonly (RotaryConfig | null)[];
  readonly queryScaling: QueryScaling | null;
  readonly bias: { readonly queryKeyValue: boolean; readonly attentionOutput: boolean; readonly mlp: boolean };
  /** Attention and MLP read the same input (GPT-NeoX). */
  readonly parallelResidual: boolean;
  /** Factor of the input embeddings (Gemma, Granite). */
  readonly embeddingScale: number;
  /** Factor of what attention and MLP add to the residual (Granite). */
  readonly residualScale: number;
  /** The logits are divided by it (Granite). */
  readonly logitDivisor: number;
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
