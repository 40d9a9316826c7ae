import { z } from 'zod';
import type { RotaryConfig } from './model-config.ts';

const positive = z.number().positive().finite();

const ropeParameters = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: positive.optional(),
  partial_rotary_factor: positive.max(1).optional(),
  factor: positive.optional(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
  original_max_position_embeddings: z.number().int().positive().optional(),
});

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

type Scaled = (frequency: number) => number;

/**
 * Llama 3.1: long wavelengths are stretched by `factor`, short ones are kept, and those in between are interpolated.
 * Source: `_compute_llama3_parameters` of transformers, in float32 as there.
 */
function llama3(settings: z.infer<typeof ropeParameters>, add: (why: string) => void): Scaled {
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

function scalingOf(settings: z.infer<typeof ropeParameters>, add: (why: string) => void): Scaled {
  const type = settings.rope_type ?? settings.type ?? 'default';
  if (type === 'default') return (frequency) => frequency;
  if (type === 'llama3') return llama3(settings, add);
  const { factor } = settings;
  if (type === 'linear' && factor) return (frequency) => Math.fround(frequency / factor);
  add(
    type === 'linear'
      ? 'rope type linear requires factor'
      : `rope type ${JSON.stringify(type)} is not default, linear or llama3`,
  );
  return (frequency) => frequency;
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
  const scaled = scalingOf(settings, add);
  const frequencies = Array.from({ length: pairs }, (_, pair) =>
    scaled(Math.fround(1 / Math.fround(base ** Math.fround((2 * pair) / width)))),
  );
  return { frequencies, rotated: 2 * pairs };
}
