import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { ROTARY_PAIRS } from './tensor-layouts.ts';

function mscale(facts: GgufFacts): Record<string, unknown> {
  const all = facts.number('.rope.scaling.yarn_log_multiplier', 0);
  return all === 0 ? {} : { mscale: 1, mscale_all_dim: all };
}

/** Ministral 3: queries grow with their position beyond the length of pretraining. */
export const mistral3: GgufFamily = {
  architecture: 'mistral3',
  modelTypes: ['ministral3'],
  ignoresWindows: true,
  tensors: llamaLikeTensors(ROTARY_PAIRS),
  config: (facts) => {
    const { rope_theta, rope_scaling, ...common } = llamaLikeConfig(facts);
    const beta = facts.number('.attention.temperature_scale', 0);
    if (rope_scaling === undefined && beta === 0)
      return { ...common, rope_theta, model_type: 'mistral', sliding_window: null };
    return {
      ...common,
      model_type: 'ministral3',
      rope_parameters: { ...rope_scaling, ...mscale(facts), rope_theta, llama_4_scaling_beta: beta },
    };
  },
  metadata: (config) => {
    const entries = llamaLikeMetadata(config, ['yarn', 'mscale']);
    if (!entries.some(([key]) => key === 'rope.scaling.type')) {
      throw unsupportedGguf(
        'config.json: rope_parameters',
        'llama.cpp runs this family with yarn only.',
        'Export as hf.',
      );
    }
    return [...entries, ['attention.temperature_scale', 'float32', config.queryScaling?.beta ?? 0]];
  },
};
