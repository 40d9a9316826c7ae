import { layerNorm } from '../../runtime/ops/normalization.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { activate } from '../activation.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { conv1d } from '../linear.ts';
import { conv1dParameters, matrix, normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import { joinHeads, splitStacked } from './heads-layout.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, innerWidth } = config;
  const at = `transformer.h.${layer}`;
  // The paths that add to the residual start with smaller values, scaled by the number of such paths (GPT-2 paper,
  // section 2.3).
  const residual = config.initializerRange / Math.sqrt(2 * config.layers);
  return [
    ...normParameters(`${at}.ln_1`, width, true),
    ...conv1dParameters(config, `${at}.attn.c_attn`, 3 * width, width),
    ...conv1dParameters(config, `${at}.attn.c_proj`, width, width, residual),
    ...normParameters(`${at}.ln_2`, width, true),
    ...conv1dParameters(config, `${at}.mlp.c_fc`, innerWidth, width),
    ...conv1dParameters(config, `${at}.mlp.c_proj`, width, innerWidth, residual),
  ];
}

function norm(weights: ModelWeights, name: string, x: Tensor, config: ModelConfig): Tensor {
  return layerNorm(x, weights.tensor(`${name}.weight`), weights.tensor(`${name}.bias`), config.normEpsilon);
}

function layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const { config } = context;
  const at = `transformer.h.${context.layer}`;
  const stacked = conv1d(weights, `${at}.attn.c_attn`, norm(weights, `${at}.ln_1`, x, config));
  const [q, k, v] = splitStacked(stacked, context, 'kind-first');
  const attended = joinHeads(context.attend(q, k, v), context);
  const own = context.rows.wanted(x);
  const middle = tf.add(own, conv1d(weights, `${at}.attn.c_proj`, attended));
  const inner = conv1d(weights, `${at}.mlp.c_fc`, norm(weights, `${at}.ln_2`, middle, config));
  return tf.add(middle, conv1d(weights, `${at}.mlp.c_proj`, activate(config.activation, inner)));
}

/** GPT-2: learned positions, pre-norm blocks, dense layers stored transposed. */
export const gpt2: Family = {
  architectures: { ...architectures('GPT2'), language: 'GPT2LMHeadModel' },
  trunkPrefix: 'transformer.',
  headNames: ['lm_head.weight'],
  embeddingName: 'transformer.wte.weight',
  ignored: /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/,
  trunkParameters: (config) => [
    matrix(config, 'transformer.wte.weight', [config.vocabSize, config.width]),
    matrix(config, 'transformer.wpe.weight', [config.contextLength, config.width]),
    ...Array.from({ length: config.layers }, (_, index) => layerParameters(config, index)).flat(),
    ...normParameters('transformer.ln_f', config.width, true),
  ],
  layerParameters,
  embed: (weights, ids, positions) => {
    const tokens = weights.rows('transformer.wte.weight', ids.reshape([-1]));
    return tf.add(tokens, weights.rows('transformer.wpe.weight', positions.reshape([-1])));
  },
  layer,
  finalNorm: (weights, x, config) => norm(weights, 'transformer.ln_f', x, config),
};
