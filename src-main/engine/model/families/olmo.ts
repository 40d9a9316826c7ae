import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import {
  attended,
  attentionParameters,
  gatedMlp,
  gatedMlpParameters,
  type Heads,
  llamaNamed,
  projected,
  rotated,
  scaledNorm,
} from './gated-block.ts';
import { splitHeads } from './heads-layout.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, headWidth } = config;
  const at = `model.layers.${layer}`;
  return [
    ...attentionParameters(config, at),
    ...normParameters(`${at}.self_attn.q_norm`, config.heads * headWidth, false),
    ...normParameters(`${at}.self_attn.k_norm`, config.keyValueHeads * headWidth, false),
    ...normParameters(`${at}.post_attention_layernorm`, width, false),
    ...gatedMlpParameters(config, at),
    ...normParameters(`${at}.post_feedforward_layernorm`, width, false),
  ];
}

/** Queries and keys are normalized over all heads together, before they are split. */
function heads(weights: ModelWeights, x: Tensor, context: LayerContext): Heads {
  const { config } = context;
  const turned = (kind: 'q' | 'k', count: number) => {
    const norm = `model.layers.${context.layer}.self_attn.${kind}_norm`;
    const rows = scaledNorm(weights, norm, projected(weights, kind, x, context), config);
    return rotated(splitHeads(rows, context, count), context);
  };
  return {
    q: turned('q', config.heads),
    k: turned('k', config.keyValueHeads),
    v: splitHeads(projected(weights, 'v', x, context), context, config.keyValueHeads),
  };
}

/** What attention and MLP compute is normalized before it is added; their inputs are not. */
function layer(weights: ModelWeights, x: Tensor, context: LayerContext): Tensor {
  const norm = (name: string, part: Tensor) =>
    scaledNorm(weights, `model.layers.${context.layer}.${name}`, part, context.config);
  const attention = attended(weights, heads(weights, x, context), context);
  const middle = tf.add(context.rows.wanted(x), norm('post_attention_layernorm', attention));
  return tf.add(middle, norm('post_feedforward_layernorm', gatedMlp(weights, middle, context)));
}

/** OLMo 2 and 3, which differ in their configs: OLMo 3 has windows, and positions of its own in them. */
export function olmo(name: 'Olmo2' | 'Olmo3'): Family {
  return llamaNamed({ architectures: architectures(name), layerParameters, layer });
}
