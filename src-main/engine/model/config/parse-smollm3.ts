import { z } from 'zod';
import { context } from './config-fields.ts';
import { blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { ModelConfig } from './model-config.ts';

const fields = z.looseObject({
  ...blockFields,
  num_key_value_heads: blockFields.num_key_value_heads,
  max_position_embeddings: context.default(32_768),
  tie_word_embeddings: z.boolean().default(true),
  use_sliding_window: z.boolean().default(false),
  /** 1 for a layer with rotary positions, 0 for one without. */
  no_rope_layers: z.array(z.number().int().min(0).max(1)).nullish(),
  no_rope_layer_interval: z.number().int().positive().default(4),
});

/** config.json of SmolLM 3: by default, every fourth layer has no positions. */
export const smollm3Schema = fields.transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
  const add = (why: string) => issues.addIssue(why);
  const block = blockConfig('smollm3', parsed, { ropeBase: 2_000_000, keyValueHeads: 4 }, add);
  const { no_rope_layers: given, no_rope_layer_interval: interval } = parsed;
  if (given && given.length < block.layers) {
    add(`no_rope_layers has ${given.length} entries for ${block.layers} layers`);
  }
  const turns = (layer: number) => (given ? given[layer] === 1 : (layer + 1) % interval !== 0);
  const slides = (layer: number) =>
    parsed.layer_types ? parsed.layer_types[layer] === 'sliding_attention' : !turns(layer);
  const window = parsed.use_sliding_window ? (parsed.sliding_window ?? null) : null;
  return {
    ...block,
    rotary: block.rotary.map((rotary, layer) => (turns(layer) ? rotary : null)),
    windows: perLayer(block.layers, (layer) => (slides(layer) ? window : null)),
  };
});
