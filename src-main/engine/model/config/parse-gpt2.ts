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

/** config.json of GPT-2. */
export const gpt2Schema = z
  .looseObject({
    ...commonFields,
    n_embd: width,
    n_layer: layerCount,
    n_head: headCount,
    n_inner: width.nullish(),
    n_positions: context,
    activation_function: activation.default('gelu_tanh'),
    layer_norm_epsilon: epsilon.default(1e-5),
    scale_attn_weights: z.boolean().default(true),
    scale_attn_by_inverse_layer_idx: z.boolean().default(false),
    add_cross_attention: z.literal(false, 'cross-attention is not supported in a language model').default(false),
    tie_word_embeddings: z.boolean().default(true),
  })
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const { n_embd: embedding, n_layer: layers, n_head: heads } = parsed;
    if (embedding % heads !== 0) issues.addIssue(`n_embd ${embedding} is not divisible by n_head ${heads}`);
    const headWidth = Math.floor(embedding / heads);
    const scale = parsed.scale_attn_weights ? headWidth ** -0.5 : 1;
    return {
      family: 'gpt2',
      vocabSize: parsed.vocab_size,
      width: embedding,
      layers,
      heads,
      keyValueHeads: heads,
      headWidth,
      innerWidth: parsed.n_inner ?? 4 * embedding,
      contextLength: parsed.n_positions,
      contextIsHard: true,
      activation: parsed.activation_function,
      normEpsilon: parsed.layer_norm_epsilon,
      tied: parsed.tie_word_embeddings,
      initializerRange: parsed.initializer_range,
      rotary: Array.from({ length: layers }, () => null),
      ...UNSCALED,
      bias: { queryKeyValue: true, attentionOutput: true, mlp: true },
      parallelResidual: false,
      attentionScales: Array.from({ length: layers }, (_, layer) =>
        parsed.scale_attn_by_inverse_layer_idx ? scale / (layer + 1) : scale,
      ),
      windows: Array.from({ length: layers }, () => null),
      ...tokenIds(parsed),
    };
  });
