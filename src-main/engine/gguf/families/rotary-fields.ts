import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { MetadataEntry } from './gguf-family.ts';
import { type Llama3Scaling, llama3Factors, scalingOfFactors } from './llama3-factors.ts';

export const FACTORS_TENSOR = 'rope_freqs.weight';

/** The settings of a config in either of its spellings. */
function settingsOf({ raw }: ModelConfig): Readonly<Record<string, unknown>> {
  return (raw.rope_parameters ?? raw.rope_scaling ?? {}) as Readonly<Record<string, unknown>>;
}

function typeOf(settings: Readonly<Record<string, unknown>>): unknown {
  return settings.rope_type ?? settings.type ?? 'default';
}

function yarnOf(facts: GgufFacts): Record<string, unknown> {
  const optional = [
    ['beta_fast', facts.number('.rope.scaling.yarn_beta_fast', null)],
    ['beta_slow', facts.number('.rope.scaling.yarn_beta_slow', null)],
    ['attention_factor', facts.number('.rope.scaling.attn_factor', null)],
  ] as const;
  return {
    rope_type: 'yarn',
    factor: facts.requireNumber('.rope.scaling.factor'),
    original_max_position_embeddings: facts.requireNumber('.rope.scaling.original_context_length'),
    ...Object.fromEntries(optional.filter(([, value]) => value !== null)),
  };
}

function scalingOfFile(facts: GgufFacts, base: number, rotated: number): Record<string, unknown> | null {
  if (facts.has(FACTORS_TENSOR)) {
    const factors = facts.file.read(FACTORS_TENSOR);
    const scaling = scalingOfFactors(factors, { base, rotated, noted: facts.text('keel.rope_scaling') });
    if (scaling) return { rope_type: 'llama3', ...scaling };
    throw unsupportedGguf(facts.file.path, `${FACTORS_TENSOR} scales its rotary positions unlike Llama 3.1 and 3.2.`);
  }
  const type = facts.text('.rope.scaling.type') ?? 'none';
  if (type === 'none') return null;
  if (type === 'linear') return { rope_type: 'linear', factor: facts.requireNumber('.rope.scaling.factor') };
  if (type === 'yarn') return yarnOf(facts);
  throw unsupportedGguf(facts.file.path, `its rotary scaling ${JSON.stringify(type)} is not none, linear or yarn.`);
}

/** `rope_theta` and, if the file scales positions, `rope_scaling`. */
export function rotaryOfFile(facts: GgufFacts, rotated: number): Record<string, unknown> {
  const base = facts.number('.rope.freq_base', 10_000);
  const scaling = scalingOfFile(facts, base, rotated);
  return { rope_theta: base, ...(scaling ? { rope_scaling: scaling } : {}) };
}

/** The base of the frequencies: that of either spelling, or the default of the families with rotary positions. */
export function rotaryBase(config: ModelConfig): number {
  const base = settingsOf(config).rope_theta ?? config.raw.rope_theta ?? config.raw.rotary_emb_base ?? 10_000;
  return base as number;
}

/** Rotated entries of a head; the families written as GGUF have the same in every layer. */
function rotatedEntries({ rotary }: ModelConfig): number {
  return rotary[0]?.rotated ?? 0;
}

const YARN_KEYS = [
  ['attention_factor', 'rope.scaling.attn_factor'],
  ['beta_fast', 'rope.scaling.yarn_beta_fast'],
  ['beta_slow', 'rope.scaling.yarn_beta_slow'],
] as const;

/** Settings of YaRN that GGUF has no key for. */
const YARN_ONLY_HERE = ['mscale', 'mscale_all_dim', 'truncate'];

function yarnEntries(settings: Readonly<Record<string, unknown>>): MetadataEntry[] {
  const unknown = YARN_ONLY_HERE.find((name) => settings[name] !== undefined && settings[name] !== null);
  if (unknown)
    throw unsupportedGguf('config.json', `GGUF cannot express the YaRN setting ${unknown}.`, 'Export as hf.');
  const given = YARN_KEYS.flatMap(([name, key]): MetadataEntry[] =>
    typeof settings[name] === 'number' ? [[key, 'float32', settings[name]]] : [],
  );
  return [
    ['rope.scaling.type', 'string', 'yarn'],
    ['rope.scaling.factor', 'float32', settings.factor as number],
    ['rope.scaling.original_context_length', 'uint32', settings.original_max_position_embeddings as number],
    ...given,
  ];
}

/** The keys of a family's rotary positions. Llama 3's scaling is a tensor instead: {@link rotaryFactors}. */
export function rotaryEntries(config: ModelConfig): MetadataEntry[] {
  const settings = settingsOf(config);
  const type = typeOf(settings);
  const plain: MetadataEntry[] = [
    ['rope.dimension_count', 'uint32', rotatedEntries(config)],
    ['rope.freq_base', 'float32', rotaryBase(config)],
  ];
  if (type === 'yarn') return [...plain, ...yarnEntries(settings)];
  if (type !== 'linear') return plain;
  return [
    ...plain,
    ['rope.scaling.type', 'string', 'linear'],
    ['rope.scaling.factor', 'float32', settings.factor as number],
  ];
}

/** Llama 3's factor of each frequency and a note of its settings; null for a model without them. */
export function rotaryFactors(
  config: ModelConfig,
): { readonly values: Float32Array<ArrayBuffer>; readonly note: string } | null {
  const settings = settingsOf(config);
  if (typeOf(settings) !== 'llama3') return null;
  const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } =
    settings as never as Llama3Scaling;
  const scaling = { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings };
  const values = llama3Factors(scaling, { base: rotaryBase(config), rotated: rotatedEntries(config) });
  return { values, note: JSON.stringify(scaling) };
}
