import { architectures, type Family } from './family.ts';
import { llamaHeads, llamaNamed } from './gated-block.ts';
import { preNormLayer, preNormParameters } from './pre-norm.ts';

/**
 * Llama's block: RMS normalization, rotary positions, grouped-query attention, gated MLP. Mistral, Ministral, Qwen 2,
 * and SmolLM 3 are the same network with different settings (windows, biases, layers without positions), which their
 * configs determine.
 * @param name the family's name in the classes of transformers.
 */
export function llama(name: string): Family {
  return llamaNamed({
    architectures: architectures(name),
    layerParameters: preNormParameters,
    layer: preNormLayer({ heads: llamaHeads }),
  });
}
