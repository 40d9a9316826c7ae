import { z } from 'zod';
import { perLayer } from './gated-block.ts';
import type { RotaryConfig } from './model-config.ts';
import { ropeParameters, rotaryFields, rotaryOf } from './rotary-config.ts';

const byType = z.looseObject({ full_attention: ropeParameters.nullish(), sliding_attention: ropeParameters.nullish() });

/** Rotary settings of families whose layers with a sliding window have positions of their own. */
export const rotaryByTypeFields = {
  ...rotaryFields,
  rope_parameters: byType
    .refine(
      (given) => given.rope_type === undefined && given.rope_theta === undefined,
      'this family has one entry for full_attention and one for sliding_attention',
    )
    .nullish(),
  rope_local_base_freq: z.number().positive().finite().optional(),
};

const settings = z.object(rotaryByTypeFields);

/**
 * Rotary positions of each layer. Older files have `rope_theta` and `rope_scaling` for full attention and
 * `rope_local_base_freq` for windows; scaling never applies to windows.
 * @param shape.slides whether a layer has a window; @param bases the family's own bases; @param add collects problems.
 */
export function rotaryByType(
  input: z.infer<typeof settings>,
  shape: { readonly headWidth: number; readonly layers: number; readonly slides: (layer: number) => boolean },
  bases: { readonly full: number; readonly sliding: number },
  add: (why: string) => void,
): RotaryConfig[] {
  const of = (given: z.infer<typeof ropeParameters>, base: number) =>
    rotaryOf({ rope_parameters: given }, shape.headWidth, { base, share: 1 }, add);
  const { full_attention: ofFull, sliding_attention: ofSliding } = input.rope_parameters ?? {};
  const full = of({ ...ofFull, ...input.rope_scaling }, input.rope_theta ?? bases.full);
  const sliding = of(ofSliding ?? {}, input.rope_local_base_freq ?? bases.sliding);
  return perLayer(shape.layers, (layer) => (shape.slides(layer) ? sliding : full));
}
