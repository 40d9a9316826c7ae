import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';

function refuseWindows({ windows, family }: ModelConfig): void {
  if (windows.every((window) => window === null)) return;
  throw unsupportedGguf(
    family,
    'llama.cpp runs this family without sliding windows, but the model uses them.',
    'Export as hf.',
  );
}

const qwen = (architecture: 'qwen2' | 'qwen3', norms: GgufFamily['tensors']): GgufFamily => ({
  architecture,
  modelTypes: [architecture],
  tensors: [...llamaLikeTensors(), ...norms],
  config: (facts) => ({ ...llamaLikeConfig(facts), model_type: architecture, use_sliding_window: false }),
  metadata: (config) => {
    refuseWindows(config);
    return llamaLikeMetadata(config);
  },
});

export const qwen2 = qwen('qwen2', []);

/** Qwen 3 normalizes queries and keys per head. */
export const qwen3 = qwen('qwen3', [
  { gguf: 'blk.{}.attn_q_norm.weight', hf: 'model.layers.{}.self_attn.q_norm.weight' },
  { gguf: 'blk.{}.attn_k_norm.weight', hf: 'model.layers.{}.self_attn.k_norm.weight' },
]);
