import { z } from 'zod';
import type { RotaryConfig } from './model-config.ts';

const positive = z.number().positive().finite();

/** Settings of one set of rotary positions. */
export const ropeParameters = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: positive.optional(),
  partial_rotary_factor: positive.max(1).optional(),
  factor: positive.optional(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
  original_max_position_embeddings: z.number().int().positive().optional(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().optional(),
  short_factor: z.array(positive).optional(),
});

type Settings = z.infer<typeof ropeParameters>;

/** Both spellings of rotary settings: `rope_parameters` since transformers 5, `rope_scaling` + `rope_theta` before. */
export const rotaryFields = {
  rope_parameters: ropeParameters.nullish(),
  rope_scaling: ropeParameters.nullish(),
  rope_theta: positive.optional(),
};

export interface RotaryInput {
  readonly rope_parameters?: z.infer<typeof ropeParameters> | null | undefined;
  readonly rope_scaling?: z.infer<typeof ropeParameters> | null | undefined;
  readonly rope_theta?: number | undefined;
}

/** Changes the frequency of a pair of entries; `cosines` multiplies cosines and sines. */
interface Scaling {
  readonly scaled: (frequency: number, pair: number) => number;
  readonly cosines: number;
}

type Scaled = Scaling['scaled'];

/**
 * Llama 3.1: long wavelengths are stretched by `factor`, short ones are kept, and those in between are interpolated.
 * Source: `_compute_llama3_parameters` of transformers, in float32 as there.
 */
function llama3(settings: Settings, add: (why: string) => void): Scaled {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = settings;
  if (!factor || !low || !high || !length || high <= low) {
    add('rope type llama3 requires factor, low_freq_factor < high_freq_factor and original_max_position_embeddings');
    return (frequency) => frequency;
  }
  return (frequency) => {
    const wavelength = Math.fround((2 * Math.PI) / frequency);
    if (wavelength > length / low) return Math.fround(frequency / factor);
    if (wavelength < length / high) return frequency;
    const smooth = Math.fround((length / wavelength - low) / (high - low));
    return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
  };
}

/** Attention factor of YaRN, by `attention_factor`, by `mscale` and `mscale_all_dim`, or by `factor`. */
function yarnFactor({ attention_factor: given, factor = 1, mscale, mscale_all_dim: all }: Settings): number {
  if (given) return given;
  const scale = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && all ? scale(mscale) / scale(all) : scale(1);
}

/**
 * YaRN: pairs that turn often are kept, those that turn rarely are stretched by `factor`, with a ramp in between.
 * Source: `_compute_yarn_parameters` of transformers, in float32 as there.
 */
function yarn(
  settings: Settings,
  { base, width }: { base: number; width: number },
  add: (why: string) => void,
): Scaling {
  const { factor, original_max_position_embeddings: length, beta_fast: fast, beta_slow: slow } = settings;
  if (!factor || !length || width % 2 !== 0) {
    add('rope type yarn requires factor, original_max_position_embeddings and an even number of rotary entries');
    return UNSCALED;
  }
  const pairOf = (turns: number) => (width * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const whole = settings.truncate ?? true;
  const low = Math.max(whole ? Math.floor(pairOf(fast ?? 32)) : pairOf(fast ?? 32), 0);
  const end = Math.min(whole ? Math.ceil(pairOf(slow ?? 1)) : pairOf(slow ?? 1), width - 1);
  const high = low === end ? end + 0.001 : end;
  const scaled: Scaled = (frequency, pair) => {
    const ramp = Math.min(Math.max(Math.fround(Math.fround(pair - low) / (high - low)), 0), 1);
    const kept = Math.fround(1 - ramp);
    const stretched = Math.fround(1 / Math.fround(factor * Math.fround(base ** Math.fround((2 * pair) / width))));
    return Math.fround(Math.fround(stretched * Math.fround(1 - kept)) + Math.fround(frequency * kept));
  };
  return { scaled, cosines: yarnFactor(settings) };
}

const UNSCALED: Scaling = { scaled: (frequency) => frequency, cosines: 1 };

const REASONS: Readonly<Record<string, string>> = {
  longrope: '; it is supported for phi3 only',
  dynamic: '; its frequencies depend on the longest sequence so far, so that the same row would train differently',
};

function scalingOf(
  settings: Settings,
  turned: { readonly base: number; readonly width: number },
  add: (why: string) => void,
): Scaling {
  const type = settings.rope_type ?? settings.type ?? 'default';
  if (type === 'default') return UNSCALED;
  if (type === 'llama3') return { ...UNSCALED, scaled: llama3(settings, add) };
  if (type === 'yarn') return yarn(settings, turned, add);
  const { factor } = settings;
  if (type === 'linear' && factor) return { ...UNSCALED, scaled: (frequency) => Math.fround(frequency / factor) };
  if (type === 'linear') add('rope type linear requires factor');
  else add(`rope type ${JSON.stringify(type)} is not default, linear, llama3 or yarn${REASONS[type] ?? ''}`);
  return UNSCALED;
}

/**
 * Frequencies base^(-2i / rotated), scaled as configured.
 * @param defaults the family's values for settings missing in the config; @param add collects problems.
 */
export function rotaryOf(
  input: RotaryInput,
  headWidth: number,
  defaults: { readonly base: number; readonly share: number },
  add: (why: string) => void,
): RotaryConfig {
  const settings = input.rope_parameters ?? input.rope_scaling ?? {};
  const base = settings.rope_theta ?? input.rope_theta ?? defaults.base;
  const width = Math.floor(headWidth * (settings.partial_rotary_factor ?? defaults.share));
  // transformers steps by two from 0, so an odd width rotates one entry more.
  const pairs = Math.ceil(width / 2);
  if (pairs === 0 || 2 * pairs > headWidth) add(`${width} rotary entries do not fit heads of width ${headWidth}`);
  const { scaled, cosines } = scalingOf(settings, { base, width }, add);
  const frequencies = Array.from({ length: pairs }, (_, pair) =>
    scaled(Math.fround(1 / Math.fround(base ** Math.fround((2 * pair) / width))), pair),
  );
  return { frequencies, rotated: 2 * pairs, cosines };
}
