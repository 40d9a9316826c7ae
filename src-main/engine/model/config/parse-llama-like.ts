import { z } from 'zod';
import { context } from './config-fields.ts';
import { type Block, type BlockDefaults, blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { FamilyName, ModelConfig } from './model-config.ts';

type LlamaLike = Extract<FamilyName, 'llama' | 'mistral' | 'qwen2' | 'qwen3'>;

const fields = z.looseObject({
  ...blockFields,
  use_sliding_window: z.boolean().default(false),
  max_window_layers: z.number().int().min(0).default(28),
});

type Parsed = z.infer<typeof fields>;

/**
 * Windows per layer: Mistral uses one in every layer; Qwen in the layers selected by `layer_types` or
 * `max_window_layers`; Llama in none.
 */
function windowsOf(family: LlamaLike, parsed: Parsed): (number | null)[] {
  const layers = perLayer(parsed.num_hidden_layers, (layer) => layer);
  if (family === 'llama') return layers.map(() => null);
  const window = parsed.sliding_window === undefined ? 4096 : parsed.sliding_window;
  if (family === 'mistral') return layers.map(() => window);
  if (!parsed.use_sliding_window) return layers.map(() => null);
  const slides = (layer: number) =>
    parsed.layer_types ? parsed.layer_types[layer] === 'sliding_attention' : layer >= parsed.max_window_layers;
  return layers.map((layer) => (slides(layer) ? window : null));
}

function biasesOf(family: LlamaLike, parsed: Block): ModelConfig['bias'] {
  if (family === 'qwen2') return { queryKeyValue: true, attentionOutput: false, mlp: false };
  if (family === 'mistral') return { queryKeyValue: false, attentionOutput: false, mlp: false };
  const attention = parsed.attention_bias;
  return { queryKeyValue: attention, attentionOutput: attention, mlp: family === 'llama' && parsed.mlp_bias };
}

const DEFAULTS: Readonly<Record<LlamaLike, BlockDefaults>> = {
  llama: {},
  mistral: { keyValueHeads: 8 },
  qwen2: {},
  qwen3: { headWidth: 128 },
};

const CONTEXT: Readonly<Record<LlamaLike, number>> = { llama: 2048, mistral: 131_072, qwen2: 32_768, qwen3: 32_768 };

/** config.json of a family with Llama's block. */
export function llamaLikeSchema(family: LlamaLike) {
  return fields.extend({ max_position_embeddings: context.default(CONTEXT[family]) }).transform(
    (parsed, issues): Omit<ModelConfig, 'raw'> => ({
      ...blockConfig(family, parsed, DEFAULTS[family], (why) => issues.addIssue(why)),
      bias: biasesOf(family, parsed),
      windows: windowsOf(family, parsed),
    }),
  );
}
