import { z } from 'zod';
import { activation, commonFields, context, epsilon, headCount, layerCount, tokenIds, width } from './config-fields.ts';
import type { FamilyName, ModelConfig } from './model-config.ts';
import { rotaryFields, rotaryOf } from './rotary-config.ts';

type LlamaLike = Extract<FamilyName, 'llama' | 'mistral' | 'qwen2' | 'qwen3'>;

const fields = z.looseObject({
  ...commonFields,
  ...rotaryFields,
  hidden_size: width,
  num_hidden_layers: layerCount,
  num_attention_heads: headCount,
  num_key_value_heads: headCount.nullish(),
  head_dim: width.nullish(),
  intermediate_size: width,
  hidden_act: activation.default('silu'),
  max_position_embeddings: context.default(2048),
  rms_norm_eps: epsilon.default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  sliding_window: z.number().int().positive().nullish(),
  use_sliding_window: z.boolean().default(false),
  max_window_layers: z.number().int().min(0).default(28),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
});

type Parsed = z.infer<typeof fields>;

/**
 * Windows per layer: Mistral uses one in every layer; Qwen in the layers selected by `layer_types` or
 * `max_window_layers`; Llama in none.
 */
function windowsOf(family: LlamaLike, parsed: Parsed): (number | null)[] {
  const layers = Array.from({ length: parsed.num_hidden_layers }, (_, layer) => layer);
  if (family === 'llama') return layers.map(() => null);
  const window = parsed.sliding_window === undefined ? 4096 : parsed.sliding_window;
  if (family === 'mistral') return layers.map(() => window);
  if (!parsed.use_sliding_window) return layers.map(() => null);
  const slides = (layer: number) =>
    parsed.layer_types ? parsed.layer_types[layer] === 'sliding_attention' : layer >= parsed.max_window_layers;
  return layers.map((layer) => (slides(layer) ? window : null));
}

function biasesOf(family: LlamaLike, parsed: Parsed): ModelConfig['bias'] {
  if (family === 'qwen2') return { queryKeyValue: true, attentionOutput: false, mlp: false };
  if (family === 'mistral') return { queryKeyValue: false, attentionOutput: false, mlp: false };
  const attention = parsed.attention_bias;
  return { queryKeyValue: attention, attentionOutput: attention, mlp: family === 'llama' && parsed.mlp_bias };
}

/** Number of key/value heads if the config sets none: Mistral's own default is 8, the others share none. */
function keyValueHeadsOf(family: LlamaLike, parsed: Parsed): number {
  if (parsed.num_key_value_heads === undefined && family === 'mistral') return 8;
  return parsed.num_key_value_heads ?? parsed.num_attention_heads;
}

function headWidthOf(family: LlamaLike, parsed: Parsed, add: (why: string) => void): number {
  if (parsed.head_dim) return parsed.head_dim;
  if (parsed.head_dim === undefined && family === 'qwen3') return 128;
  const { hidden_size: hidden, num_attention_heads: heads } = parsed;
  if (hidden % heads !== 0) add(`hidden_size ${hidden} is not divisible by num_attention_heads ${heads}`);
  return Math.floor(hidden / heads);
}

function headFaults(heads: number, keyValueHeads: number, parsed: Parsed): string[] {
  const faults: string[] = [];
  if (heads % keyValueHeads !== 0) {
    faults.push(`num_attention_heads ${heads} is not divisible by num_key_value_heads ${keyValueHeads}`);
  }
  if (parsed.layer_types && parsed.layer_types.length !== parsed.num_hidden_layers) {
    faults.push(`layer_types has ${parsed.layer_types.length} entries for ${parsed.num_hidden_layers} layers`);
  }
  return faults;
}

/** config.json of a family with Llama's block. */
export function llamaLikeSchema(family: LlamaLike) {
  return fields.transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
    const add = (why: string) => issues.addIssue(why);
    const { num_hidden_layers: layers, num_attention_heads: heads } = parsed;
    const keyValueHeads = keyValueHeadsOf(family, parsed);
    const headWidth = headWidthOf(family, parsed, add);
    for (const why of headFaults(heads, keyValueHeads, parsed)) add(why);
    return {
      family,
      vocabSize: parsed.vocab_size,
      width: parsed.hidden_size,
      layers,
      heads,
      keyValueHeads,
      headWidth,
      innerWidth: parsed.intermediate_size,
      contextLength: parsed.max_position_embeddings,
      contextIsHard: false,
      activation: parsed.hidden_act,
      normEpsilon: parsed.rms_norm_eps,
      tied: parsed.tie_word_embeddings,
      initializerRange: parsed.initializer_range,
      rotary: rotaryOf(parsed, headWidth, { base: 10_000, share: 1 }, add),
      bias: biasesOf(family, parsed),
      queryKeyNorm: family === 'qwen3',
      parallelResidual: false,
      attentionScales: Array.from({ length: layers }, () => headWidth ** -0.5),
      windows: windowsOf(family, parsed),
      ...tokenIds(parsed),
    };
  });
}
