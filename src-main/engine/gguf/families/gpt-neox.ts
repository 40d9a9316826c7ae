import { unsupportedGguf } from '../bad-gguf.ts';
import { blockEntries, type GgufFamily, withBias } from './gguf-family.ts';
import { rotaryEntries, rotaryOfFile } from './rotary-fields.ts';
import { STACKED_HEADS } from './tensor-layouts.ts';

const at = 'gpt_neox.layers.{}';

/** GPT-NeoX, Pythia's family. */
export const gptNeox: GgufFamily = {
  architecture: 'gptneox',
  modelTypes: ['gpt_neox'],
  tensors: [
    { gguf: 'token_embd.weight', hf: 'gpt_neox.embed_in.weight' },
    ...withBias('output_norm', 'gpt_neox.final_layer_norm'),
    { gguf: 'output.weight', hf: 'embed_out.weight' },
    ...withBias('blk.{}.attn_norm', `${at}.input_layernorm`),
    ...withBias('blk.{}.ffn_norm', `${at}.post_attention_layernorm`),
    ...withBias('blk.{}.attn_qkv', `${at}.attention.query_key_value`, STACKED_HEADS),
    ...withBias('blk.{}.attn_output', `${at}.attention.dense`),
    ...withBias('blk.{}.ffn_up', `${at}.mlp.dense_h_to_4h`),
    ...withBias('blk.{}.ffn_down', `${at}.mlp.dense_4h_to_h`),
  ],
  config: (facts) => {
    const width = facts.requireNumber('.embedding_length');
    const heads = facts.requireNumber('.attention.head_count');
    const rotated = facts.requireNumber('.rope.dimension_count');
    return {
      model_type: 'gpt_neox',
      hidden_size: width,
      intermediate_size: facts.requireNumber('.feed_forward_length'),
      num_hidden_layers: facts.requireNumber('.block_count'),
      num_attention_heads: heads,
      // llama.cpp computes gelu by its approximation with tanh; a file does not say what the model was trained with.
      hidden_act: facts.text('keel.hidden_act') ?? 'gelu',
      max_position_embeddings: facts.requireNumber('.context_length'),
      layer_norm_eps: facts.requireNumber('.attention.layer_norm_epsilon'),
      rotary_pct: rotated / Math.floor(width / heads),
      ...rotaryOfFile(facts, rotated),
      use_parallel_residual: facts.flag('.use_parallel_residual', true),
      attention_bias: facts.has('blk.0.attn_qkv.bias'),
      tie_word_embeddings: !facts.has('output.weight'),
    };
  },
  metadata: (config) => {
    if (config.activation !== 'gelu' && config.activation !== 'gelu_tanh') {
      throw unsupportedGguf('config.json', 'llama.cpp runs this family with gelu only.', 'Export as hf.');
    }
    if (config.tied) {
      const why = 'llama.cpp runs this family with an output matrix of its own.';
      throw unsupportedGguf('config.json: tie_word_embeddings', why, 'Export as hf.');
    }
    return [
      ...blockEntries(config),
      ['attention.layer_norm_epsilon', 'float32', config.normEpsilon],
      ...rotaryEntries(config, ['linear', 'yarn']),
      ['use_parallel_residual', 'bool', config.parallelResidual],
      ['vocab_size', 'uint32', config.vocabSize],
    ];
  },
};
