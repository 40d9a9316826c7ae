import { unsupportedGguf } from '../bad-gguf.ts';
import { blockEntries, type GgufFamily, withBias } from './gguf-family.ts';

const at = 'transformer.h.{}';

/** GPT-2, whose matrices Hugging Face stores as [in, out]. */
export const gpt2: GgufFamily = {
  architecture: 'gpt2',
  modelTypes: ['gpt2'],
  tensors: [
    { gguf: 'token_embd.weight', hf: 'transformer.wte.weight' },
    { gguf: 'position_embd.weight', hf: 'transformer.wpe.weight' },
    ...withBias('output_norm', 'transformer.ln_f'),
    { gguf: 'output.weight', hf: 'lm_head.weight' },
    ...withBias('blk.{}.attn_norm', `${at}.ln_1`),
    ...withBias('blk.{}.ffn_norm', `${at}.ln_2`),
    ...withBias('blk.{}.attn_qkv', `${at}.attn.c_attn`, 'transposed'),
    ...withBias('blk.{}.attn_output', `${at}.attn.c_proj`, 'transposed'),
    ...withBias('blk.{}.ffn_up', `${at}.mlp.c_fc`, 'transposed'),
    ...withBias('blk.{}.ffn_down', `${at}.mlp.c_proj`, 'transposed'),
  ],
  config: (facts) => ({
    model_type: 'gpt2',
    n_embd: facts.requireNumber('.embedding_length'),
    n_layer: facts.requireNumber('.block_count'),
    n_head: facts.requireNumber('.attention.head_count'),
    n_inner: facts.requireNumber('.feed_forward_length'),
    n_positions: facts.rows('position_embd.weight'),
    activation_function: 'gelu_new',
    layer_norm_epsilon: facts.requireNumber('.attention.layer_norm_epsilon'),
    tie_word_embeddings: !facts.has('output.weight'),
  }),
  metadata: (config) => {
    const scale = config.headWidth ** -0.5;
    if (config.activation !== 'gelu_tanh' || config.attentionScales.some((own) => own !== scale)) {
      const why = 'llama.cpp runs this family with gelu_new and plainly scaled attention only.';
      throw unsupportedGguf('config.json', why, 'Export as hf.');
    }
    return [
      ...blockEntries(config),
      ['attention.layer_norm_epsilon', 'float32', config.normEpsilon],
      ['vocab_size', 'uint32', config.vocabSize],
    ];
  },
};
