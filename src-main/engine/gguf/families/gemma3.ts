import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { GgufFamily, TensorName } from './gguf-family.ts';
import { layerTypesOf, windowEntries } from './layer-types.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { slidingBase } from './rotary-fields.ts';

const at = 'model.layers.{}';

const NORMS: readonly (readonly [gguf: string, hf: string])[] = [
  ['output_norm', 'model.norm'],
  ['blk.{}.attn_norm', `${at}.input_layernorm`],
  ['blk.{}.attn_q_norm', `${at}.self_attn.q_norm`],
  ['blk.{}.attn_k_norm', `${at}.self_attn.k_norm`],
  ['blk.{}.post_attention_norm', `${at}.post_attention_layernorm`],
  ['blk.{}.ffn_norm', `${at}.pre_feedforward_layernorm`],
  ['blk.{}.post_ffw_norm', `${at}.post_feedforward_layernorm`],
];

/** A norm multiplies by 1 + weight, which is what GGUF stores. */
const SHIFTED: readonly TensorName[] = NORMS.map(([gguf, hf]) => ({
  gguf: `${gguf}.weight`,
  hf: `${hf}.weight`,
  layout: 'shifted',
}));

/** Layers of the 27B model, whose queries llama.cpp scales by hidden_size / heads instead of the width of a head. */
const LARGEST = 62;

function queryScalar({
  layers,
  width,
  heads,
  headWidth,
}: Pick<ModelConfig, 'layers' | 'width' | 'heads' | 'headWidth'>) {
  return layers === LARGEST ? Math.floor(width / heads) : headWidth;
}

function refuseOthers(config: ModelConfig): void {
  const refuse = (field: string, why: string) => {
    throw unsupportedGguf(`config.json: ${field}`, `llama.cpp runs this family ${why}.`, 'Export as hf.');
  };
  const scale = queryScalar(config) ** -0.5;
  if (config.attentionScales.some((own) => own !== scale)) {
    refuse('query_pre_attn_scalar', `with ${queryScalar(config)} in a model of this shape`);
  }
  if (config.activation !== 'gelu_tanh') refuse('hidden_activation', 'with gelu_pytorch_tanh');
  if (config.bias.queryKeyValue) refuse('attention_bias', 'without biases');
  if (config.windows.every((window) => window === null)) refuse('sliding_window', 'with a window');
}

function config(facts: GgufFacts): Record<string, unknown> {
  const { rope_theta, rope_scaling, hidden_act: _, ...common } = llamaLikeConfig(facts);
  const shape = {
    layers: common.num_hidden_layers,
    width: common.hidden_size,
    heads: common.num_attention_heads,
    headWidth: common.head_dim,
  };
  return {
    ...common,
    model_type: 'gemma3_text',
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: queryScalar(shape),
    sliding_window: facts.requireNumber('.attention.sliding_window'),
    layer_types: layerTypesOf(facts, 6),
    rope_parameters: {
      full_attention: { rope_type: 'default', ...rope_scaling, rope_theta: facts.number('.rope.freq_base', 1_000_000) },
      sliding_attention: { rope_type: 'default', rope_theta: facts.number('.rope.freq_base_swa', 10_000) },
    },
  };
}

/** Gemma 3 for text. */
export const gemma3: GgufFamily = {
  architecture: 'gemma3',
  modelTypes: ['gemma3_text'],
  tensors: [...llamaLikeTensors().filter(({ gguf }) => !/norm\./.test(gguf)), ...SHIFTED],
  config,
  metadata: (given) => {
    refuseOthers(given);
    return [
      ...llamaLikeMetadata(given, ['linear']),
      ...windowEntries(given),
      ['rope.freq_base_swa', 'float32', slidingBase(given)],
    ];
  },
};
