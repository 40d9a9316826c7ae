import type { FamilyName } from '../../model/config/model-config.ts';
import type { InitOptions } from './init-options.ts';

export interface NewModelTokens {
  readonly vocabSize: number;
  readonly eosTokenId: number;
  readonly bosTokenId: number | null;
  readonly padTokenId: number;
}

type Json = Readonly<Record<string, unknown>>;

const ARCHITECTURES: Readonly<Record<FamilyName, string>> = {
  gpt2: 'GPT2LMHeadModel',
  gpt_neox: 'GPTNeoXForCausalLM',
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

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

function shapeOf(options: InitOptions): Json {
  if (options.family === 'gpt2') return gpt2(options);
  if (options.family === 'gpt_neox') return gptNeox(options);
  if (options.family === 'mistral') return { ...llamaLike(options), sliding_window: null };
  if (options.family === 'qwen2') return { ...llamaLike(options), use_sliding_window: false };
  if (options.family === 'qwen3') return { ...llamaLike(options), attention_bias: false, use_sliding_window: false };
  return { ...llamaLike(options), attention_bias: false, mlp_bias: false };
}

/** config.json of a new model, in the form that `transformers` reads. */
export function newModelConfig(options: InitOptions, tokens: NewModelTokens): Json {
  return {
    architectures: [ARCHITECTURES[options.family]],
    model_type: options.family,
    ...shapeOf(options),
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
