import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';

const qwen = (architecture: 'qwen2' | 'qwen3', norms: GgufFamily['tensors']): GgufFamily => ({
  architecture,
  modelTypes: [architecture],
  ignoresWindows: true,
  tensors: [...llamaLikeTensors(), ...norms],
  config: (facts) => ({ ...llamaLikeConfig(facts), model_type: architecture, use_sliding_window: false }),
  metadata: (config) => llamaLikeMetadata(config, ['linear', 'yarn']),
});

export const qwen2 = qwen('qwen2', []);

/** Qwen 3 normalizes queries and keys per head. */
export const qwen3 = qwen('qwen3', [
  { gguf: 'blk.{}.attn_q_norm.weight', hf: 'model.layers.{}.self_attn.q_norm.weight' },
  { gguf: 'blk.{}.attn_k_norm.weight', hf: 'model.layers.{}.self_attn.k_norm.weight' },
]);
