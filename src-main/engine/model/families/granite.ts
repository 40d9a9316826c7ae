import { tf } from '../../runtime/tf.ts';
import { architectures, type Family } from './family.ts';
import { llamaHeads, llamaNamed } from './gated-block.ts';
import { preNormLayer, preNormParameters } from './pre-norm.ts';

/** Dense Granite: Llama's block with factors of embedding, attention scores, residual, and logits. */
export const granite: Family = llamaNamed({
  architectures: { ...architectures('Granite'), score: null },
  layerParameters: preNormParameters,
  layer: preNormLayer({
    heads: llamaHeads,
    add: (residual, part, config) => tf.add(residual, tf.mul(part, config.residualScale)),
  }),
});
