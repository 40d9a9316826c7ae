import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { ROTARY_PAIRS } from './tensor-layouts.ts';

/** Llama, and Mistral and Ministral, which llama.cpp's converter writes as the same architecture. */
export const llama: GgufFamily = {
  architecture: 'llama',
  modelTypes: ['llama', 'mistral', 'ministral'],
  ignoresWindows: true,
  tensors: llamaLikeTensors(ROTARY_PAIRS),
  config: (facts) => {
    const window = facts.number('.attention.sliding_window', null);
    const common = llamaLikeConfig(facts);
    if (window !== null && window > 0) return { ...common, model_type: 'mistral', sliding_window: window };
    return { ...common, model_type: 'llama', mlp_bias: facts.has('blk.0.ffn_gate.bias') };
  },
  metadata: (config) => {
    const window = config.windows.find((one) => one !== null);
    return [...llamaLikeMetadata(config), ...(window ? [['attention.sliding_window', 'uint32', window] as const] : [])];
  },
};
