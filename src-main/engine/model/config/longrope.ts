import type { z } from 'zod';
import type { RotaryConfig } from './model-config.ts';
import type { ropeParameters } from './rotary-config.ts';

/**
 * LongRoPE for sequences up to the length of pretraining: each pair of entries has its own short factor. A longer
 * sequence would use the long factors at every position. Source: `_compute_longrope_parameters` of transformers, in
 * float32 as there.
 * @param shape.rotated entries of a head that are rotated; @param add collects problems.
 */
export function longrope(
  settings: z.infer<typeof ropeParameters>,
  { base, rotated }: { readonly base: number; readonly rotated: number },
  add: (why: string) => void,
): RotaryConfig {
  const {
    factor = 1,
    original_max_position_embeddings: length,
    short_factor: factors,
    attention_factor: given,
  } = settings;
  const pairs = rotated / 2;
  if (factors?.length !== pairs || !length) {
    add(`rope type longrope requires original_max_position_embeddings and short_factor with ${pairs} values`);
  }
  const frequencies = Array.from({ length: Math.ceil(pairs) }, (_, pair) => {
    const own = Math.fround(base ** Math.fround((2 * pair) / rotated));
    return Math.fround(1 / Math.fround(Math.fround(factors?.[pair] ?? 1) * own));
  });
  const stretched = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(length ?? Math.E));
  return { frequencies, rotated: 2 * frequencies.length, cosines: given ?? stretched };
}
