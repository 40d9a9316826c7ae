import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import type { MetadataEntry } from './gguf-family.ts';
import { type Llama3Scaling, llama3Factors, scalingOfFactors } from './llama3-factors.ts';

export const FACTORS_TENSOR = 'rope_freqs.weight';

/** What `rope_type` in config.json may be; `mscale` is YaRN with these settings. */
export type RotaryScaling = 'linear' | 'yarn' | 'mscale' | 'llama3' | 'longrope';

type Settings = Readonly<Record<string, unknown>>;

const asSettings = (value: unknown) => (value ?? {}) as Settings;

/** Families with settings of their own for layers with a sliding window. */
const BY_TYPE = ['olmo3', 'gemma3_text'];

/** The settings of a config in either of its spellings; those of full attention, where windows have their own. */
function settingsOf({ raw, family }: ModelConfig): Settings {
  if (!BY_TYPE.includes(family)) return asSettings(raw.rope_parameters ?? raw.rope_scaling);
  return { ...asSettings(asSettings(raw.rope_parameters).full_attention), ...asSettings(raw.rope_scaling) };
}

function typeOf(settings: Settings): unknown {
  return settings.rope_type ?? settings.type ?? 'default';
}

/** llama.cpp multiplies what a file says by what YaRN's paper recommends. */
const usualYarn = (factor: number) => (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1);

/** The factor of a file; the one that it notes, if both are equal in float32. */
function attentionFactor(facts: GgufFacts, factor: number): number | null {
  const stored = facts.number('.rope.scaling.attn_factor', null);
  if (stored === null) return null;
  const given = stored * usualYarn(factor);
  const noted = Number(/^{"attention_factor":([\d.e+-]+)}$/.exec(facts.text('keel.rope_scaling') ?? '')?.[1]);
  return Math.abs(noted - given) < 1e-6 * given ? noted : given;
}

function yarnOf(facts: GgufFacts): Record<string, unknown> {
  const factor = facts.requireNumber('.rope.scaling.factor');
  const optional = [
    ['beta_fast', facts.number('.rope.scaling.yarn_beta_fast', null)],
    ['beta_slow', facts.number('.rope.scaling.yarn_beta_slow', null)],
    ['attention_factor', attentionFactor(facts, factor)],
  ] as const;
  return {
    rope_type: 'yarn',
    factor,
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

export interface RotaryFields {
  readonly rope_theta: number;
  readonly rope_scaling?: Readonly<Record<string, unknown>>;
}

/** `rope_theta` and, if the file scales positions, `rope_scaling`. */
export function rotaryOfFile(facts: GgufFacts, rotated: number): RotaryFields {
  const base = facts.number('.rope.freq_base', 10_000);
  const scaling = scalingOfFile(facts, base, rotated);
  return { rope_theta: base, ...(scaling ? { rope_scaling: scaling } : {}) };
}

/** Bases of families whose config.json leaves them out, for full and for sliding attention. */
const BASES: Readonly<Record<string, readonly [full: number, sliding: number]>> = {
  smollm3: [2_000_000, 2_000_000],
  olmo3: [500_000, 500_000],
  gemma3_text: [1_000_000, 10_000],
  ministral3: [1_000_000, 1_000_000],
};

/** The base of the frequencies: that of either spelling, or the default of the family. */
export function rotaryBase(config: ModelConfig): number {
  const { raw, family } = config;
  const given = settingsOf(config).rope_theta ?? raw.rope_theta ?? raw.rotary_emb_base;
  return (given as number | undefined) ?? BASES[family]?.[0] ?? 10_000;
}

/** The base of layers with a window, in families where they have one of their own. */
export function slidingBase({ raw, family }: ModelConfig): number {
  const settings = asSettings(asSettings(raw.rope_parameters).sliding_attention);
  if (typeOf(settings) !== 'default') {
    const why = 'llama.cpp scales no rotary positions in layers with a window.';
    throw unsupportedGguf('config.json: rope_parameters', why, 'Export as hf.');
  }
  const given = settings.rope_theta ?? raw.rope_local_base_freq;
  return (given as number | undefined) ?? BASES[family]?.[1] ?? 10_000;
}

/** Rotated entries of a head; the families written as GGUF have the same in every layer that rotates. */
function rotatedEntries({ rotary, headWidth, raw, family }: ModelConfig): number {
  const { rotated = 0 } = rotary.find((one) => one !== null) ?? {};
  const settings = asSettings(raw.rope_parameters ?? raw.rope_scaling);
  const share = settings.partial_rotary_factor ?? raw.rotary_pct ?? raw.partial_rotary_factor;
  const width = Math.floor(headWidth * ((share as number | undefined) ?? (family === 'gpt_neox' ? 0.25 : 1)));
  if (rotated === width) return rotated;
  const why = `its heads rotate ${width} of ${headWidth} entries, an odd number, which GGUF cannot express.`;
  throw unsupportedGguf('config.json', why, 'Export as hf.');
}

const YARN_KEYS = [
  ['beta_fast', 'rope.scaling.yarn_beta_fast'],
  ['beta_slow', 'rope.scaling.yarn_beta_slow'],
] as const;

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** `mscale` and `mscale_all_dim`, which count together only. Source: `rope_yarn_log_mul` of llama.cpp. */
function mscaleEntries({ mscale, mscale_all_dim: all }: Settings, scalings: readonly RotaryScaling[]): MetadataEntry[] {
  if (!mscale || !all) return [];
  if (scalings.includes('mscale') && mscale === 1) {
    return [['rope.scaling.yarn_log_multiplier', 'float32', all as number]];
  }
  const why = `GGUF cannot express the YaRN settings mscale ${mscale} and mscale_all_dim ${all} in this architecture.`;
  throw unsupportedGguf('config.json', why, 'Export as hf.');
}

function yarnEntries(settings: Settings, scalings: readonly RotaryScaling[]): MetadataEntry[] {
  if (settings.truncate === false) {
    throw unsupportedGguf('config.json', 'GGUF cannot express the YaRN setting truncate.', 'Export as hf.');
  }
  const factor = settings.factor as number;
  const given = YARN_KEYS.flatMap(([name, key]): MetadataEntry[] =>
    isGiven(settings[name]) ? [[key, 'float32', settings[name] as number]] : [],
  );
  const attention = settings.attention_factor;
  return [
    ['rope.scaling.type', 'string', 'yarn'],
    ['rope.scaling.factor', 'float32', factor],
    ['rope.scaling.original_context_length', 'uint32', settings.original_max_position_embeddings as number],
    ...given,
    ...(isGiven(attention)
      ? [['rope.scaling.attn_factor', 'float32', (attention as number) / usualYarn(factor)] as const]
      : mscaleEntries(settings, scalings)),
  ];
}

/**
 * The keys of a family's rotary positions. Llama 3's scaling is a tensor instead: {@link rotaryFactors}.
 * @param scalings those that llama.cpp applies in the architecture.
 */
export function rotaryEntries(
  config: ModelConfig,
  scalings: readonly RotaryScaling[] = ['linear', 'yarn', 'llama3'],
): MetadataEntry[] {
  const settings = settingsOf(config);
  const type = typeOf(settings);
  const plain: MetadataEntry[] = [
    ['rope.dimension_count', 'uint32', rotatedEntries(config)],
    ['rope.freq_base', 'float32', rotaryBase(config)],
  ];
  // The first files of Phi 3 have other names for longrope.
  const isLong = scalings.includes('longrope');
  if (type === 'default' || isLong) return plain;
  if (!scalings.includes(type as RotaryScaling)) {
    const why = `llama.cpp does not apply the rotary scaling ${JSON.stringify(type)} in this architecture.`;
    throw unsupportedGguf('config.json', why, 'Export as hf.');
  }
  if (type === 'yarn') return [...plain, ...yarnEntries(settings, scalings)];
  if (type !== 'linear') return plain;
  return [
    ...plain,
    ['rope.scaling.type', 'string', 'linear'],
    ['rope.scaling.factor', 'float32', settings.factor as number],
  ];
}

/** What the keys of rotary positions leave out, as JSON; null if nothing. */
export function rotaryNote(config: ModelConfig): string | null {
  const { attention_factor: attention } = settingsOf(config);
  const factors = rotaryFactors(config);
  if (factors) return factors.note;
  return typeOf(settingsOf(config)) === 'yarn' && isGiven(attention)
    ? JSON.stringify({ attention_factor: attention })
    : null;
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
