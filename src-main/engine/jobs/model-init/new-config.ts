import type { FamilyName } from '../../model/config/model-config.ts';
import { familyOf } from '../../model/families/family-of.ts';
import type { InitOptions } from './init-options.ts';

export interface NewModelTokens {
  readonly vocabSize: number;
  readonly eosTokenId: number;
  readonly bosTokenId: number | null;
  readonly padTokenId: number;
}

type Json = Readonly<Record<string, unknown>>;

function gpt2(options: InitOptions): Json {
  return {
    n_embd: options.hidden_size,
    n_layer: options.num_layers,
    n_head: options.num_heads,
    n_positions: options.context,
    n_inner: options.intermediate_size,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    tie_word_embeddings: options.tie_word_embeddings,
  };
}

function common(options: InitOptions): Json {
  const { hidden_size, num_layers, num_heads, context, intermediate_size, tie_word_embeddings } = options;
  return {
    hidden_size,
    num_hidden_layers: num_layers,
    num_attention_heads: num_heads,
    intermediate_size: intermediate_size ?? 4 * hidden_size,
    max_position_embeddings: context,
    attention_dropout: 0,
    tie_word_embeddings,
  };
}

/** As in the Pythia models: rotary embeddings on a quarter of each head, attention and MLP in parallel. */
function gptNeox(options: InitOptions): Json {
  const headWidth = options.hidden_size / options.num_heads;
  return {
    ...common(options),
    hidden_act: 'gelu',
    layer_norm_eps: 1e-5,
    rotary_pct: Math.max(2, 2 * Math.round(headWidth / 8)) / headWidth,
    rotary_emb_base: 10000,
    use_parallel_residual: true,
    attention_bias: true,
    hidden_dropout: 0,
  };
}

function llamaLike(options: InitOptions): Json {
  return {
    ...common(options),
    num_key_value_heads: options.num_kv_heads ?? options.num_heads,
    head_dim: options.hidden_size / options.num_heads,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
  };
}

const FULL = { rope_type: 'default', rope_theta: 1_000_000 };

/** Rotary positions of layers with full attention and of those with a window. */
const byType = (full: number, sliding: number): Json => ({
  rope_parameters: {
    full_attention: { rope_type: 'default', rope_theta: full },
    sliding_attention: { rope_type: 'default', rope_theta: sliding },
  },
});

/** Llama's shape without its top-level rotary base. */
function withoutBase(options: InitOptions): Json {
  const { rope_theta: _, ...shape } = llamaLike(options);
  return shape;
}

/** Windows and rotary bases as in the published 270M and 1B models. */
function gemma3(options: InitOptions): Json {
  const { hidden_act: _, ...shape } = withoutBase(options);
  return {
    ...shape,
    ...byType(1_000_000, 10_000),
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    query_pre_attn_scalar: options.hidden_size / options.num_heads,
    sliding_window: 512,
    final_logit_softcapping: null,
    attn_logit_softcapping: null,
    use_bidirectional_attention: false,
  };
}

/** Factors of 1, except for the usual scale of attention scores. */
function granite(options: InitOptions): Json {
  return {
    ...llamaLike(options),
    attention_bias: false,
    mlp_bias: false,
    embedding_multiplier: 1,
    residual_multiplier: 1,
    attention_multiplier: (options.hidden_size / options.num_heads) ** -0.5,
    logits_scaling: 1,
  };
}

/** Queries grow beyond the context only. */
function ministral3(options: InitOptions): Json {
  const scaling = { llama_4_scaling_beta: 0.1, original_max_position_embeddings: options.context };
  return { ...withoutBase(options), sliding_window: null, rope_parameters: { ...FULL, ...scaling } };
}

const SHAPES: Readonly<Record<FamilyName, (options: InitOptions) => Json>> = {
  gpt2,
  gpt_neox: gptNeox,
  llama: (options) => ({ ...llamaLike(options), attention_bias: false, mlp_bias: false }),
  mistral: (options) => ({ ...llamaLike(options), sliding_window: null }),
  qwen2: (options) => ({ ...llamaLike(options), use_sliding_window: false }),
  qwen3: (options) => ({ ...llamaLike(options), attention_bias: false, use_sliding_window: false }),
  smollm3: (options) => ({
    ...llamaLike(options),
    attention_bias: false,
    mlp_bias: false,
    use_sliding_window: false,
    no_rope_layer_interval: 4,
  }),
  granite,
  olmo2: (options) => ({ ...llamaLike(options), attention_bias: false }),
  olmo3: (options) => ({
    ...withoutBase(options),
    ...byType(500_000, 500_000),
    attention_bias: false,
    sliding_window: 4096,
  }),
  gemma3_text: gemma3,
  phi3: (options) => ({
    ...llamaLike(options),
    original_max_position_embeddings: options.context,
    sliding_window: null,
    resid_pdrop: 0,
    embd_pdrop: 0,
  }),
  // transformers cannot run a Ministral without a window; this one is that of the published 8B model.
  ministral: (options) => ({ ...llamaLike(options), sliding_window: 32_768 }),
  ministral3,
};

/** config.json of a new model, in the form that `transformers` reads. */
export function newModelConfig(options: InitOptions, tokens: NewModelTokens): Json {
  return {
    architectures: [familyOf(options.family).architectures.language],
    model_type: options.family,
    ...SHAPES[options.family](options),
    vocab_size: tokens.vocabSize,
    bos_token_id: tokens.bosTokenId,
    eos_token_id: tokens.eosTokenId,
    pad_token_id: tokens.padTokenId,
    initializer_range: 0.02,
    torch_dtype: 'float32',
    use_cache: true,
  };
}

/** generation_config.json of a new model: plain sampling, with its own end and padding tokens. */
export function newGenerationConfig(tokens: NewModelTokens): Json {
  return {
    bos_token_id: tokens.bosTokenId,
    eos_token_id: tokens.eosTokenId,
    pad_token_id: tokens.padTokenId,
    do_sample: true,
    temperature: 1,
    top_k: 0,
    top_p: 1,
  };
}
