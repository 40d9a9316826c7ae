import { z } from 'zod';
import { field, group, whole } from '../fields/field.ts';
import { allFrom, from, type Preset } from '../preset.ts';

/** Said wherever `compute_dtype` is chosen, until it does what it is for. */
export const BFLOAT16_IS_INERT =
  '`bfloat16` has no effect with TensorFlow 2.21: on every processor matrices are multiplied in float32.';

/** How the engine computes; nothing here changes what is computed, but for rounding. */
export const engineGroup = group(
  {
    device: field(z.enum(['auto', 'cpu', 'gpu']), {
      description: 'Where tensors live; `auto` takes the GPU where the engine has one.',
    }),
    mode: field(z.enum(['compiled', 'eager']), {
      description: 'Steps as recorded graphs, or op by op (slower, for finding faults).',
    }),
    threads: field(whole(1, 1024).nullable(), {
      description: 'CPU threads; null for one a core.',
    }),
    micro_batch_size: field(whole(1, 65_536).nullable(), {
      description:
        'Rows of one forward and backward pass; gradients are summed up to the batch. Null finds it by probe.',
      unit: 'rows',
    }),
    frozen_dtype: field(z.enum(['float32', 'float16']), {
      description:
        'How reference, reward model and judge are kept. `float16` takes half their memory, rounds their weights to 11 bits and widens them at each use; a log-prob of the starter model moved by at most 0.02 nats (root mean square 0.0035), so KL does not start at exactly 0.',
    }),
    compute_dtype: field(z.enum(['float32', 'bfloat16']), {
      description:
        'How a CPU multiplies matrices. `bfloat16` is meant to round what is multiplied to 8 bits where the processor has such products (AVX512-BF16, AMX) and to add in float32; weights, losses and optimizer stay float32.',
      inert: { bfloat16: BFLOAT16_IS_INERT },
    }),
    recompute_activations: field(z.boolean(), {
      description:
        'Keep only the states between layers for the gradient and compute each layer twice: at 8 layers and 512 tokens an update takes some 45% less memory and 20% more time.',
    }),
  },
  'How it is computed.',
);
export type EngineGroup = z.infer<typeof engineGroup>;

export const enginePreset = {
  ...allFrom('Keel: probed at the first start and recorded with the run', {
    device: 'auto' as const,
    mode: 'compiled' as const,
    threads: null,
    micro_batch_size: null,
  }),
  recompute_activations: from('Keel: time before memory', false),
  compute_dtype: from('Keel: exact before fast', 'float32' as const),
  frozen_dtype: from('Keel: frozen models as exact as those that learn', 'float32' as const),
} satisfies Preset<EngineGroup>;
