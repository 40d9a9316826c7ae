import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import type { Family, LayerContext } from './family.ts';
import { attended, attentionParameters, gatedMlp, gatedMlpParameters, type Heads, scaledNorm } from './gated-block.ts';

/** Parameters of {@link preNormLayer} with separate matrices. */
export function preNormParameters(config: ModelConfig, layer: number): Parameter[] {
  const at = `model.layers.${layer}`;
  return [
    ...normParameters(`${at}.input_layernorm`, config.width, false),
    ...attentionParameters(config, at),
    ...normParameters(`${at}.post_attention_layernorm`, config.width, false),
    ...gatedMlpParameters(config, at),
  ];
}

/** What a family does differently in {@link preNormLayer}. */
interface PreNormParts {
  readonly heads: (weights: ModelWeights, x: Tensor, context: LayerContext) => Heads;
  /** Default: three matrices. */
  readonly mlp?: typeof gatedMlp;
  /** Adds what attention or MLP computed to the residual. Default: a sum. */
  readonly add?: (residual: Tensor, part: Tensor, config: ModelConfig) => Tensor;
}

/** Llama's order: the inputs of attention and of the MLP are normalized, and what they compute is added. */
export function preNormLayer({ heads, mlp = gatedMlp, add = tf.add }: PreNormParts): Family['layer'] {
  return (weights, x, context) => {
    const { config } = context;
    const at = `model.layers.${context.layer}`;
    const own = context.rows.wanted(x);
    const normed = scaledNorm(weights, `${at}.input_layernorm`, x, config);
    const middle = add(own, attended(weights, heads(weights, normed, context), context), config);
    const inner = mlp(weights, scaledNorm(weights, `${at}.post_attention_layernorm`, middle, config), context);
    return add(middle, inner, config);
  };
}
