import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import { type Heads, llamaNamed, projected, rotated, scaledNorm } from './gated-block.ts';
import { splitHeads } from './heads-layout.ts';
import { preNormLayer, preNormParameters } from './pre-norm.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const at = `model.layers.${layer}.self_attn`;
  return [
    ...preNormParameters(config, layer),
    ...normParameters(`${at}.q_norm`, config.headWidth, false),
    ...normParameters(`${at}.k_norm`, config.headWidth, false),
  ];
}

/** Queries and keys are normalized by head before they are rotated. */
function heads(weights: ModelWeights, x: Tensor, context: LayerContext): Heads {
  const { config } = context;
  const byHead = (kind: 'q' | 'k' | 'v', count: number) =>
    splitHeads(projected(weights, kind, x, context), context, count);
  const turned = (kind: 'q' | 'k', count: number) => {
    const norm = `model.layers.${context.layer}.self_attn.${kind}_norm`;
    return rotated(scaledNorm(weights, norm, byHead(kind, count), config), context);
  };
  return {
    q: turned('q', config.heads),
    k: turned('k', config.keyValueHeads),
    v: byHead('v', config.keyValueHeads),
  };
}

/** Qwen 3: Llama's block with normalized queries and keys. */
export const qwen3: Family = llamaNamed({
  architectures: architectures('Qwen3'),
  layerParameters,
  layer: preNormLayer({ heads }),
});
