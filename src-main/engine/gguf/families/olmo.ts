import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFamily } from './gguf-family.ts';
import { layerTypesOf, windowEntries } from './layer-types.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { rotaryBase, rotaryOfFile, slidingBase } from './rotary-fields.ts';

const at = 'model.layers.{}';

/** Norms of queries, keys, and results; the inputs of attention and MLP are not normalized. */
const NORMS = [
  { gguf: 'blk.{}.attn_q_norm.weight', hf: `${at}.self_attn.q_norm.weight` },
  { gguf: 'blk.{}.attn_k_norm.weight', hf: `${at}.self_attn.k_norm.weight` },
  { gguf: 'blk.{}.post_attention_norm.weight', hf: `${at}.post_attention_layernorm.weight` },
  { gguf: 'blk.{}.post_ffw_norm.weight', hf: `${at}.post_feedforward_layernorm.weight` },
];

function refuseOthers(config: ModelConfig): void {
  const refuse = (field: string, why: string) => {
    throw unsupportedGguf(`config.json: ${field}`, `llama.cpp runs this family ${why}.`, 'Export as hf.');
  };
  if (config.tied) refuse('tie_word_embeddings', 'with an output matrix of its own');
  if (config.bias.queryKeyValue) refuse('attention_bias', 'without biases');
  if (config.headWidth * config.heads !== config.width) refuse('head_dim', 'with heads of hidden_size / heads entries');
  if (config.family === 'olmo2') return;
  if (config.windows.every((window) => window === null)) refuse('sliding_window', 'with a window in OLMo 3');
  if (slidingBase(config) !== rotaryBase(config)) {
    refuse('rope_parameters', 'with the same rope_theta for full and for sliding attention');
  }
}

/** OLMo 2 and OLMo 3, which a window tells apart. */
export const olmo: GgufFamily = {
  architecture: 'olmo2',
  modelTypes: ['olmo2', 'olmo3'],
  tensors: [...llamaLikeTensors().filter(({ gguf }) => !/\.(attn|ffn)_norm\./.test(gguf)), ...NORMS],
  config: (facts) => {
    const { rope_theta, rope_scaling, ...common } = llamaLikeConfig(facts);
    const window = facts.number('.attention.sliding_window', 0);
    if (window === 0) return { ...common, ...rotaryOfFile(facts, common.head_dim), model_type: 'olmo2' };
    return {
      ...common,
      model_type: 'olmo3',
      sliding_window: window,
      layer_types: layerTypesOf(facts, 4),
      rope_parameters: {
        full_attention: { rope_type: 'default', ...rope_scaling, rope_theta },
        sliding_attention: { rope_type: 'default', rope_theta },
      },
    };
  },
  metadata: (config) => {
    refuseOthers(config);
    return [...llamaLikeMetadata(config, ['linear', 'yarn']), ...windowEntries(config)];
  },
};
