import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import { shortFloat } from '../header/read-value.ts';

export const LONG_FACTORS = 'rope_factors_long.weight';
export const SHORT_FACTORS = 'rope_factors_short.weight';

interface Settings {
  readonly short_factor?: readonly number[];
  readonly long_factor?: readonly number[];
}

/** Factors of rotary positions for long and for short contexts; null for a model without. */
export function longFactors(config: ModelConfig): { readonly long: Float32Array; readonly short: Float32Array } | null {
  const { raw } = config;
  const { short_factor: short, long_factor: long } = (raw.rope_scaling ?? raw.rope_parameters ?? {}) as Settings;
  if (config.family !== 'phi3' || !config.contextIsHard || !short) return null;
  if (long?.length === short.length) return { long: Float32Array.from(long), short: Float32Array.from(short) };
  const why = `its rotary scaling needs a long_factor with ${short.length} values, which llama.cpp uses beyond the length of pretraining.`;
  throw unsupportedGguf('config.json', why, 'Add it to config.json, or export as hf.');
}

/** Factor of cosines and sines. */
export function longropeCosines({ rotary }: ModelConfig): number {
  return rotary[0]?.cosines ?? 1;
}

/** The settings of a file, in the words of config.json. */
export function longropeOfFile(facts: GgufFacts, context: number, length: number): Record<string, unknown> {
  const list = (name: string) => [...facts.file.read(name)].map(shortFloat);
  const factor = context / length;
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(length));
  const own = facts.number('.rope.scaling.attn_factor', 1);
  return {
    rope_type: 'longrope',
    short_factor: list(SHORT_FACTORS),
    long_factor: list(LONG_FACTORS),
    original_max_position_embeddings: length,
    ...(Math.abs(own - usual) < 1e-6 ? {} : { attention_factor: own }),
  };
}
