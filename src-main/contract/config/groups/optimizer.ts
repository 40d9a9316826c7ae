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
    beta1: field(real(0, 0.9999999), { description: 'Decay of the gradient average.', symbol: 'β₁' }),
    beta2: field(real(0, 0.9999999), { description: 'Decay of the squared-gradient average.', symbol: 'β₂' }),
    epsilon: field(real(1e-16, 1e-2), {
      description: 'Added to the root of the squared-gradient average, outside the root.',
      symbol: 'ε',
    }),
    weight_decay: field(real(0, 1), {
      description: 'Decoupled: weights shrink by learning_rate · weight_decay before each step.',
    }),
    max_grad_norm: field(real(0, 1e9), {
      description: 'Gradients are scaled down to this global norm; 0 turns clipping off.',
    }),
    warmup_steps: field(whole(0, 10_000_000), {
      description: 'Updates over which the learning rate rises linearly from 0.',
      unit: 'updates',
    }),
    schedule: field(z.enum(['constant', 'linear', 'cosine']), {
      description: 'How the learning rate falls from its value to `min_learning_rate` after the warm-up.',
    }),
    min_learning_rate: field(real(0, 1), {
      description: 'Where a falling schedule ends; unused by `constant`.',
    }),
  },
  'AdamW.',
);
