import { z } from 'zod';
import { field, group, real, whole } from '../fields/field.ts';

/** AdamW and its schedule. Docs: docs/algorithms/apa.md, optimization. */
export const optimizerGroup = group(
  {
    learning_rate: field(real(1e-12, 1), {
      description: 'Step size of AdamW after the warm-up.',
      symbol: 'η',
      live: { label: 'learning rate' },
    }),
    beta1: field(real(0, 0.9999999), { description: 'Decay rate of the average of gradients.', symbol: 'β₁' }),
    beta2: field(real(0, 0.9999999), { description: 'Decay rate of the average of squared gradients.', symbol: 'β₂' }),
    epsilon: field(real(1e-16, 1e-2), {
      description: 'Added to the square root of the average of squared gradients, outside the root.',
      symbol: 'ε',
    }),
    weight_decay: field(real(0, 1), {
      description: 'Decoupled weight decay: before each step, weights shrink by learning_rate · weight_decay.',
    }),
    max_grad_norm: field(real(0, 1e9), {
      description: 'Maximum global gradient norm: larger gradients are scaled down to it. 0 turns clipping off.',
    }),
    warmup_steps: field(whole(0, 10_000_000), {
      description: 'Number of updates over which the learning rate rises linearly from 0.',
      unit: 'updates',
    }),
    schedule: field(z.enum(['constant', 'linear', 'cosine']), {
      description: 'How the learning rate falls to `min_learning_rate` after the warm-up; `constant` keeps it.',
    }),
    min_learning_rate: field(real(0, 1), {
      description: 'Learning rate at the end of a falling schedule; not used by `constant`.',
    }),
  },
  'AdamW.',
);
