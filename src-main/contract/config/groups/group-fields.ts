import { z } from 'zod';
import { field, real } from '../fields/field.ts';
import type { CrossCheck } from '../resolving/cross-checks.ts';

/** Fields in the `method` group of recipes that compare several responses to one prompt, with TRL's names. */
export const clippingFields = (trl: string) => ({
  epsilon: field(real(1e-6, 1e6), {
    description: 'Probability ratios are clipped below at 1 minus this value. A smaller value limits each update more.',
    symbol: 'ε_low',
    source: `${trl}.epsilon`,
  }),
  epsilon_high: field(real(1e-6, 1e6).nullable(), {
    description: 'Probability ratios are clipped above at 1 plus this value; null for `epsilon`.',
    symbol: 'ε_high',
    source: `${trl}.epsilon_high`,
  }),
  mask_truncated_completions: field(z.boolean(), {
    description: 'Learn nothing from responses that reached `max_new_tokens`: they count in no sum and no length.',
    source: `${trl}.mask_truncated_completions`,
  }),
});

/** A group of one response has nothing to compare. */
export const severalGenerations: CrossCheck = {
  fields: ['rollouts.num_generations'],
  fault: (size: number) =>
    size > 1
      ? null
      : {
          why: 'is 1, and a response is compared with the others to its prompt',
          fix: 'Use 2 or more.',
        },
};
