import type { ModelConfig } from '../config/model-config.ts';
import { normParameters, type Parameter } from '../parameters.ts';
import { architectures, type Family } from './family.ts';
import { llamaNamed, normalizedHeads, scaledNorm } from './gated-block.ts';
import { preNormLayer, preNormParameters } from './pre-norm.ts';

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const at = `model.layers.${layer}.self_attn`;
  return [
    ...preNormParameters(config, layer),
    ...normParameters(`${at}.q_norm`, config.headWidth, false),
    ...normParameters(`${at}.k_norm`, config.headWidth, false),
  ];
}

/** Qwen 3: Llama's block with normalized queries and keys. */
export const qwen3: Family = llamaNamed({
  architectures: architectures('Qwen3'),
  layerParameters,
  layer: preNormLayer({ heads: normalizedHeads(scaledNorm) }),
});
