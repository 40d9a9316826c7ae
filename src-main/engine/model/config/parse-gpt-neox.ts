import { z } from 'zod';
import {
  activation,
  commonFields,
  context,
  epsilon,
  headCount,
  layerCount,
  tokenIds,
  UNSCALED,
  width,
} from './config-fields.ts';
import type { ModelConfig } from './model-config.ts';
import { rotaryFields, rotaryOf } from './rotary-config.ts';

/** config.json of GPT-NeoX, Pythia's family. */
export const gptNeoxSchema = z
  .looseObject({
    ...commonFields,
    ...rotaryFields,
    rotary_pct: z.number().positive().max(1).default(0.25),
    rotary_emb_base: z.number().positive().default(10_000),
    hidden_size: width,
    num_hidden_layers: layerCount,
    num_attention_heads: headCount,
    intermediate_size: width,
    hidden_act: activation.default('gelu'),
    max_position_embeddings: context.default(2048),
    layer_norm_eps: epsilon.default(1e-5),
    tie_word_embeddings: z.boolean().default(false),
    use_parallel_residual: z.boolean().default(true),
    attention_bias: z.boolean().default(true),
  })
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const { hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads } = parsed;
    if (hidden % heads !== 0) issues.addIssue(`hidden_size ${hidden} is not divisible by num_attention_heads ${heads}`);
    const headWidth = Math.floor(hidden / heads);
    const defaults = { base: parsed.rotary_emb_base, share: parsed.rotary_pct };
    const rotary = rotaryOf(parsed, headWidth, defaults, (why) => issues.addIssue(why));
    return {
      family: 'gpt_neox',
      vocabSize: parsed.vocab_size,
      width: hidden,
      layers,
      heads,
      keyValueHeads: heads,
      headWidth,
      innerWidth: parsed.intermediate_size,
      contextLength: parsed.max_position_embeddings,
      contextIsHard: false,
      activation: parsed.hidden_act,
      normEpsilon: parsed.layer_norm_eps,
      tied: parsed.tie_word_embeddings,
      initializerRange: parsed.initializer_range,
      rotary: Array.from({ length: layers }, () => rotary),
      ...UNSCALED,
      bias: { queryKeyValue: parsed.attention_bias, attentionOutput: parsed.attention_bias, mlp: true },
      parallelResidual: parsed.use_parallel_residual,
      attentionScales: Array.from({ length: layers }, () => headWidth ** -0.5),
      windows: Array.from({ length: layers }, () => null),
      ...tokenIds(parsed),
    };
  });
