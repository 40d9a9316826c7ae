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

function gpt2({ hidden, layers, heads, context, intermediate, tied }: InitOptions): Json {
  return {
    n_embd: hidden,
    n_layer: layers,
    n_head: heads,
    n_positions: context,
    n_inner: intermediate ?? null,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    tie_word_embeddings: tied ?? true,
  };
}

/** As the Pythia models: a quarter of each head turns, attention and MLP in parallel, untied. */
function gptNeox({ hidden, layers, heads, context, intermediate, tied }: InitOptions): Json {
  const rotated = Math.max(2, 2 * Math.round(hidden / heads / 8));
  return {
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediate ?? 4 * hidden,
    max_position_embeddings: context,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-5,
    rotary_pct: rotated / (hidden / heads),
    rotary_emb_base: 10000,
    use_parallel_residual: true,
    attention_bias: true,
    attention_dropout: 0,
    hidden_dropout: 0,
    tie_word_embeddings: tied ?? false,
  };
}

/** Three projections in place of two: 8/3 of the width keeps the number of weights, in steps of 32. */
const gatedWidth = (hidden: number) => 32 * Math.ceil((8 * hidden) / 3 / 32);

function llamaLike({ hidden, layers, heads, kv_heads, context, intermediate, tied }: InitOptions): Json {
  return {
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kv_heads ?? heads,
    head_dim: hidden / heads,
    intermediate_size: intermediate ?? gatedWidth(hidden),
    max_position_embeddings: context,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    attention_dropout: 0,
    tie_word_embeddings: tied ?? true,
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

/** config.json of a new model, as `transformers` reads it. */
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

/** generation_config.json of a new model: plain sampling, with an end and a padding of its own. */
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
