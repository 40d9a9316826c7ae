import { z } from 'zod';
import {
  activation,
  commonFields,
  context,
  epsilon,
  headCount,
  layerCount,
  tokenIds,
  UNSCALED,
  width,
} from './config-fields.ts';
import type { FamilyName, ModelConfig, RotaryConfig } from './model-config.ts';
import { rotaryFields, rotaryOf } from './rotary-config.ts';

/** Fields of families with rotary positions and a gated MLP. A family replaces those with other defaults. */
export const blockFields = {
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
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
};

const block = z.object(blockFields);

/** Values of {@link blockFields}. */
export type Block = z.infer<typeof block>;

/** What differs between families, and what config.json may leave out. */
export interface BlockDefaults {
  /** Default: as many as heads. */
  readonly keyValueHeads?: number;
  /** Default: hidden size / heads. */
  readonly headWidth?: number;
  /** Base of the rotary frequencies; 10,000 by default. */
  readonly ropeBase?: number;
  /** Rotary positions of each layer, where they differ by layer or are configured otherwise. */
  readonly rotary?: (headWidth: number) => readonly (RotaryConfig | null)[];
}

/** One value per layer. */
export function perLayer<T>(layers: number, make: (layer: number) => T): T[] {
  return Array.from({ length: layers }, (_, layer) => make(layer));
}

function headWidthOf(parsed: Block, defaults: BlockDefaults, add: (why: string) => void): number {
  if (parsed.head_dim) return parsed.head_dim;
  if (parsed.head_dim === undefined && defaults.headWidth !== undefined) return defaults.headWidth;
  const { hidden_size: hidden, num_attention_heads: heads } = parsed;
  if (hidden % heads !== 0) add(`hidden_size ${hidden} is not divisible by num_attention_heads ${heads}`);
  return Math.floor(hidden / heads);
}

function headFaults(heads: number, keyValueHeads: number, parsed: Block): string[] {
  const faults: string[] = [];
  if (heads % keyValueHeads !== 0) {
    faults.push(`num_attention_heads ${heads} is not divisible by num_key_value_heads ${keyValueHeads}`);
  }
  if (parsed.layer_types && parsed.layer_types.length !== parsed.num_hidden_layers) {
    faults.push(`layer_types has ${parsed.layer_types.length} entries for ${parsed.num_hidden_layers} layers`);
  }
  return faults;
}

/**
 * Llama's settings with those of config.json: one rotary base, full attention in every layer, biases as configured. A
 * family replaces what differs.
 * @param add collects problems.
 */
export function blockConfig(
  family: FamilyName,
  parsed: Block,
  defaults: BlockDefaults,
  add: (why: string) => void,
): Omit<ModelConfig, 'raw'> {
  const { num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: shared } = parsed;
  const keyValueHeads = (shared === undefined ? defaults.keyValueHeads : shared) ?? heads;
  const headWidth = headWidthOf(parsed, defaults, add);
  for (const why of headFaults(heads, keyValueHeads, parsed)) add(why);
  const one = () => {
    const rotary = rotaryOf(parsed, headWidth, { base: defaults.ropeBase ?? 10_000, share: 1 }, add);
    return perLayer(layers, () => rotary);
  };
  const { attention_bias: attention, mlp_bias: mlp } = parsed;
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
    rotary: defaults.rotary?.(headWidth) ?? one(),
    ...UNSCALED,
    bias: { queryKeyValue: attention, attentionOutput: attention, mlp },
    parallelResidual: false,
    attentionScales: perLayer(layers, () => headWidth ** -0.5),
    windows: perLayer(layers, () => null),
    ...tokenIds(parsed),
  };
}
