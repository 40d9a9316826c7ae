import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { GgufFamily, MetadataEntry } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { LONG_FACTORS, longFactors, longropeCosines, longropeOfFile } from './longrope-factors.ts';

const at = 'model.layers.{}';

function refuseOthers(config: ModelConfig): void {
  if (config.headWidth * config.heads === config.width) return;
  const why = 'llama.cpp runs this family with heads of hidden_size / heads entries.';
  throw unsupportedGguf('config.json: head_dim', why, 'Export as hf.');
}

function config(facts: GgufFacts): Record<string, unknown> {
  const { rope_theta, rope_scaling, ...common } = llamaLikeConfig(facts, { partial: true });
  const share = facts.number('.rope.dimension_count', common.head_dim) / common.head_dim;
  const length = facts.number('.rope.scaling.original_context_length', common.max_position_embeddings);
  const window = facts.number('.attention.sliding_window', 0);
  const scaling = facts.has(LONG_FACTORS)
    ? longropeOfFile(facts, common.max_position_embeddings, length)
    : rope_scaling;
  return {
    ...common,
    model_type: 'phi3',
    sliding_window: window === 0 ? null : window,
    original_max_position_embeddings: length,
    rope_parameters: { rope_type: 'default', ...scaling, rope_theta, partial_rotary_factor: share },
  };
}

function common(config: ModelConfig): MetadataEntry[] {
  const factors = longFactors(config);
  if (!factors) return llamaLikeMetadata(config, ['linear', 'yarn']);
  return [
    ...llamaLikeMetadata(config, ['longrope']),
    ['rope.scaling.original_context_length', 'uint32', config.contextLength],
    ['rope.scaling.attn_factor', 'float32', longropeCosines(config)],
  ];
}

/** Phi 3 and the Phi 4 models of its type, with one matrix for queries, keys and values and one for gate and up. */
export const phi3: GgufFamily = {
  architecture: 'phi3',
  modelTypes: ['phi3'],
  ignoresWindows: true,
  tensors: [
    ...llamaLikeTensors().filter(({ gguf }) => !/\.(attn_[qkv]|ffn_gate|ffn_up)\./.test(gguf)),
    { gguf: 'blk.{}.attn_qkv.weight', hf: `${at}.self_attn.qkv_proj.weight` },
    { gguf: 'blk.{}.ffn_up.weight', hf: `${at}.mlp.gate_up_proj.weight` },
  ],
  config,
  metadata: (given) => {
    refuseOthers(given);
    // Files of models without a window have 0.
    return [...common(given), ['attention.sliding_window', 'uint32', given.windows[0] ?? 0]];
  },
};
