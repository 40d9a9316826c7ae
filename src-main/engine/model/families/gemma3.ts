import { rmsNorm } from '../../runtime/ops/normalization.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { centeredNormParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import {
  attended,
  attentionParameters,
  gatedMlp,
  gatedMlpParameters,
  llamaNamed,
  normalizedHeads,
} from './gated-block.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, headWidth } = config;
  const at = `model.layers.${layer}`;
  return [
    ...centeredNormParameters(`${at}.input_layernorm`, width),
    ...attentionParameters(config, at),
    ...centeredNormParameters(`${at}.self_attn.q_norm`, headWidth),
    ...centeredNormParameters(`${at}.self_attn.k_norm`, headWidth),
    ...centeredNormParameters(`${at}.post_attention_layernorm`, width),
    ...centeredNormParameters(`${at}.pre_feedforward_layernorm`, width),
    ...gatedMlpParameters(config, at),
    ...centeredNormParameters(`${at}.post_feedforward_layernorm`, width),
  ];
}

/** RMS normalization with the scale 1 + weight. */
function centeredNorm(weights: ModelWeights, name: string, x: Tensor, config: ModelConfig): Tensor {
  return rmsNorm(x, tf.add(1, weights.tensor(`${name}.weight`)), config.normEpsilon);
}

const heads = normalizedHeads(centeredNorm);

/** Both the inputs and the results of attention and MLP are normalized. */
function layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const norm = (name: string, input: Tensor) =>
    centeredNorm(weights, `model.layers.${context.layer}.${name}`, input, context.config);
  const attention = attended(weights, heads(weights, norm('input_layernorm', x), context), context);
  const middle = tf.add(context.rows.wanted(x), norm('post_attention_layernorm', attention));
  const inner = gatedMlp(weights, norm('pre_feedforward_layernorm', middle), context);
  return tf.add(middle, norm('post_feedforward_layernorm', inner));
}

/** Gemma 3 for text. */
export const gemma3: Family = llamaNamed({
  architectures: {
    ...architectures('Gemma3Text'),
    language: 'Gemma3ForCausalLM',
  },
  layerParameters,
  layer,
  norm: centeredNorm,
  normParameters: centeredNormParameters,
});
