import { tf } from '../../runtime/tf.ts';
import { architectures, type Family } from './family.ts';
import { llamaHeads, llamaNamed } from './gated-block.ts';
import { preNormLayer, preNormParameters } from './pre-norm.ts';

/** Ministral 3: Llama's block with queries that grow with their position. */
export const ministral3: Family = llamaNamed({
  architectures: architectures('Ministral3'),
  layerParameters: preNormParameters,
  layer: preNormLayer({
    heads: (weights, x, context) => {
      const { q, k, v } = llamaHeads(weights, x, context);
      return { q: context.queryFactors ? tf.mul(q, context.queryFactors) : q, k, v };
    },
  }),
});
