import { layerNorm } from '../../runtime/ops/normalization.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { activate } from '../activation.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { linear } from '../linear.ts';
import { linearParameters, matrix, normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import { joinHeads, splitStacked } from './heads-layout.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, innerWidth, bias } = config;
  const at = `gpt_neox.layers.${layer}`;
  return [
    ...normParameters(`${at}.input_layernorm`, width, true),
    ...normParameters(`${at}.post_attention_layernorm`, width, true),
    ...linearParameters(config, `${at}.attention.query_key_value`, 3 * width, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.attention.dense`, width, width, bias.attentionOutput),
    ...linearParameters(config, `${at}.mlp.dense_h_to_4h`, innerWidth, width, bias.mlp),
    ...linearParameters(config, `${at}.mlp.dense_4h_to_h`, width, innerWidth, bias.mlp),
  ];
}

function norm(weights: ModelWeights, name: string, x: Tensor, config: ModelConfig): Tensor {
  return layerNorm(x, weights.tensor(`${name}.weight`), weights.tensor(`${name}.bias`), config.normEpsilon);
}

function attentionPart(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const { config } = context;
  const at = `gpt_neox.layers.${context.layer}`;
  const normed = norm(weights, `${at}.input_layernorm`, x, config);
  const stacked = linear(weights, `${at}.attention.query_key_value`, normed, config.bias.queryKeyValue);
  const [q, k, v] = splitStacked(stacked, context, 'head-first');
  const attended = joinHeads(context.attend(q, k, v), context);
  return linear(weights, `${at}.attention.dense`, attended, config.bias.attentionOutput);
}

function mlpPart(weights: ModelWeights, x: Tensor, { config, layer }: LayerContext): Tensor {
  const at = `gpt_neox.layers.${layer}`;
  const normed = norm(weights, `${at}.post_attention_layernorm`, x, config);
  const inner = linear(weights, `${at}.mlp.dense_h_to_4h`, normed, config.bias.mlp);
  return linear(weights, `${at}.mlp.dense_4h_to_h`, activate(config.activation, inner), config.bias.mlp);
}

function layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const attention = attentionPart(weights, x, context);
  const own = context.rows.wanted(x);
  if (context.config.parallelResidual) return tf.addN([mlpPart(weights, own, context), attention, own]);
  const middle = tf.add(attention, own);
  return tf.add(mlpPart(weights, middle, context), middle);
}

/** GPT-NeoX and Pythia: partial rotary positions, attention and MLP in parallel. */
export const gptNeox: Family = {
  architectures: architectures('GPTNeoX'),
  trunkPrefix: 'gpt_neox.',
  headNames: ['embed_out.weight', 'lm_head.weight'],
  embeddingName: 'gpt_neox.embed_in.weight',
  ignored: /^(gpt_neox\.)?layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
  trunkParameters: (config) => [
    matrix(config, 'gpt_neox.embed_in.weight', [config.vocabSize, config.width]),
    ...Array.from({ length: config.layers }, (_, index) => layerParameters(config, index)).flat(),
    ...normParameters('gpt_neox.final_layer_norm', config.width, true),
  ],
  layerParameters,
  embed: (weights, ids) => weights.rows('gpt_neox.embed_in.weight', ids.reshape([-1])),
  layer,
  finalNorm: (weights, x, config) => norm(weights, 'gpt_neox.final_layer_norm', x, config),
};
