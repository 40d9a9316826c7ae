import { z } from 'zod';
import { blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { ModelConfig } from './model-config.ts';

const factor = z.number().positive().finite();

const fields = z.looseObject({
  ...blockFields,
  embedding_multiplier: factor.default(1),
  residual_multiplier: factor.default(1),
  attention_multiplier: factor.default(1),
  logits_scaling: factor.default(1),
});

/** config.json of a dense Granite. */
export const graniteSchema = fields.transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
  const block = blockConfig('granite', parsed, {}, (why) => issues.addIssue(why));
  return {
    ...block,
    embeddingScale: parsed.embedding_multiplier,
    residualScale: parsed.residual_multiplier,
    attentionScales: perLayer(block.layers, () => parsed.attention_multiplier),
    logitDivisor: parsed.logits_scaling,
  };
});
