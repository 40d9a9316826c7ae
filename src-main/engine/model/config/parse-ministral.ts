import { z } from 'zod';
import { context, epsilon } from './config-fields.ts';
import { blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { ModelConfig } from './model-config.ts';
import { ropeParameters } from './rotary-config.ts';

const NO_BIAS = { queryKeyValue: false, attentionOutput: false, mlp: false };

/** config.json of Ministral 8B of 2024: Mistral with windows by layer. */
export const ministralSchema = z
  .looseObject({
    ...blockFields,
    max_position_embeddings: context.default(131_072),
  })
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const block = blockConfig('ministral', parsed, { keyValueHeads: 8 }, (why) => issues.addIssue(why));
    const window = parsed.sliding_window === undefined ? 4096 : parsed.sliding_window;
    const slides = (layer: number) => !parsed.layer_types || parsed.layer_types[layer] === 'sliding_attention';
    return { ...block, bias: NO_BIAS, windows: perLayer(block.layers, (layer) => (slides(layer) ? window : null)) };
  });

const scaledRope = ropeParameters.extend({ llama_4_scaling_beta: z.number().min(0).finite().optional() });

/** The settings that transformers fills in. */
const ROPE = {
  rope_type: 'yarn',
  rope_theta: 1_000_000,
  factor: 16,
  original_max_position_embeddings: 16_384,
  mscale: 1,
  mscale_all_dim: 1,
  llama_4_scaling_beta: 0.1,
};

/** config.json of Ministral 3: queries grow with their position beyond the length of pretraining. */
export const ministral3Schema = z
  .looseObject({
    ...blockFields,
    rope_parameters: scaledRope.nullish(),
    rms_norm_eps: epsilon.default(1e-5),
    max_position_embeddings: context.default(262_144),
  })
  .transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const add = (why: string) => issues.addIssue(why);
    const settings = parsed.rope_parameters ?? ROPE;
    const { llama_4_scaling_beta: beta, original_max_position_embeddings: length } = settings;
    if (beta === undefined || length === undefined) {
      add('rope_parameters requires llama_4_scaling_beta and original_max_position_embeddings');
    }
    const defaults = { keyValueHeads: 8, headWidth: 128 };
    const block = blockConfig('ministral3', { ...parsed, rope_parameters: settings }, defaults, add);
    return {
      ...block,
      bias: NO_BIAS,
      queryScaling: beta && length ? { beta, length } : null,
      windows: perLayer(block.layers, () => parsed.sliding_window ?? null),
    };
  });
