import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { ROTARY_PAIRS } from './tensor-layouts.ts';

/** Source: `n_no_rope_layer_step` of llama.cpp, which no key changes. */
const UNTURNED = 4;

/** SmolLM 3: every fourth layer has no positions. */
export const smollm3: GgufFamily = {
  architecture: 'smollm3',
  modelTypes: ['smollm3'],
  ignoresWindows: true,
  tensors: llamaLikeTensors(ROTARY_PAIRS),
  config: (facts) => ({
    ...llamaLikeConfig(facts),
    model_type: 'smollm3',
    no_rope_layer_interval: UNTURNED,
    mlp_bias: facts.has('blk.0.ffn_gate.bias'),
  }),
  metadata: (config) => {
    if (config.rotary.some((rotary, layer) => (rotary === null) !== ((layer + 1) % UNTURNED === 0))) {
      const why = `llama.cpp runs this family without positions in every layer whose number is a multiple of ${UNTURNED}, and in no other.`;
      throw unsupportedGguf('config.json: no_rope_layers', why, 'Export as hf.');
    }
    if (config.bias.mlp) {
      const why = 'llama.cpp has no biases in the MLP of this family.';
      throw unsupportedGguf('config.json: mlp_bias', why, 'Export as hf.');
    }
    return llamaLikeMetadata(config, ['linear', 'yarn']);
  },
};
