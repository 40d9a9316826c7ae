import { rotaryEmbedding } from '../../runtime/ops/attention.ts';
import { rmsNorm } from '../../runtime/ops/normalization.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { activate } from '../activation.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { linear } from '../linear.ts';
import { linearParameters, matrix, normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import type { Family, LayerContext } from './family.ts';
import { joinHeads, splitHeads } from './heads-layout.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, innerWidth, headWidth, bias } = config;
  const at = `model.layers.${layer}`;
  const [queries, keys] = [config.heads * headWidth, config.keyValueHeads * headWidth];
  const headNorms = config.queryKeyNorm
    ? ['q_norm', 'k_norm'].flatMap((name) => normParameters(`${at}.self_attn.${name}`, headWidth, false))
    : [];
  return [
    ...normParameters(`${at}.input_layernorm`, width, false),
    ...linearParameters(config, `${at}.self_attn.q_proj`, queries, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.k_proj`, keys, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.v_proj`, keys, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.o_proj`, width, queries, bias.attentionOutput),
    ...headNorms,
    ...normParameters(`${at}.post_attention_layernorm`, width, false),
    ...linearParameters(config, `${at}.mlp.gate_proj`, innerWidth, width, bias.mlp),
    ...linearParameters(config, `${at}.mlp.up_proj`, innerWidth, width, bias.mlp),
    ...linearParameters(config, `${at}.mlp.down_proj`, width, innerWidth, bias.mlp),
  ];
}

/** Queries or keys by head, normalized if the family does so, and rotated. */
function turnedHeads(weights: ModelWeights, kind: 'q' | 'k', x: Tensor, context: LayerContext): Tensor {
  const { config, rotary } = context;
  const at = `model.layers.${context.layer}.self_attn`;
  const rows = linear(weights, `${at}.${kind}_proj`, x, config.bias.queryKeyValue);
  const byHead = splitHeads(rows, context, kind === 'q' ? config.heads : config.keyValueHeads);
  const normed = config.queryKeyNorm
    ? rmsNorm(byHead, weights.tensor(`${at}.${kind}_norm.weight`), config.normEpsilon)
    : byHead;
  return rotary ? rotaryEmbedding(normed, rotary.cos, rotary.sin) : normed;
}

function attentionPart(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const { config } = context;
  const at = `model.layers.${context.layer}.self_attn`;
  const values = linear(weights, `${at}.v_proj`, x, config.bias.queryKeyValue);
  const q = turnedHeads(weights, 'q', x, context);
  const k = turnedHeads(weights, 'k', x, context);
  const attended = context.attend(q, k, splitHeads(values, context, config.keyValueHeads));
  return linear(weights, `${at}.o_proj`, joinHeads(attended, context), config.bias.attentionOutput);
}

function mlpPart(weights: ModelWeights, x: Tensor, { config, layer }: LayerContext): Tensor {
  const at = `model.layers.${layer}.mlp`;
  const gate = activate(config.activation, linear(weights, `${at}.gate_proj`, x, config.bias.mlp));
  const up = linear(weights, `${at}.up_proj`, x, config.bias.mlp);
  return linear(weights, `${at}.down_proj`, tf.mul(gate, up), config.bias.mlp);
}

function layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const at = `model.layers.${context.layer}`;
  const norm = (name: string, input: Tensor) =>
    rmsNorm(input, weights.tensor(`${at}.${name}.weight`), context.config.normEpsilon);
  const own = context.rows.wanted(x);
  const middle = tf.add(own, attentionPart(weights, norm('input_layernorm', x), context));
  return tf.add(middle, mlpPart(weights, norm('post_attention_layernorm', middle), context));
}

/**
 * Llama's block: RMS normalization, rotary positions, grouped-query attention, gated MLP. Mistral, Qwen 2 and Qwen 3
 * are the same network with different settings (windows, biases, normalized queries and keys), which their configs
 * determine.
 */
export const llama: Family = {
  trunkPrefix: 'model.',
  headNames: ['lm_head.weight'],
  embeddingName: 'model.embed_tokens.weight',
  ignored: /^(model\.)?layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/,
  trunkParameters: (config) => [
    matrix(config, 'model.embed_tokens.weight', [config.vocabSize, config.width]),
    ...Array.from({ length: config.layers }, (_, index) => layerParameters(config, index)).flat(),
    ...normParameters('model.norm', config.width, false),
  ],
  layerParameters,
  embed: (weights, ids) => weights.rows('model.embed_tokens.weight', ids.reshape([-1])),
  layer,
  finalNorm: (weights, x, config) => rmsNorm(x, weights.tensor('model.norm.weight'), config.normEpsilon),
};
