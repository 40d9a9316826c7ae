import { z } from 'zod';
import { field, group, whole } from '../fields/field.ts';
import { allFrom, from, type Preset } from '../preset.ts';

/** What a processor needs for products of bfloat16. */
export const BFLOAT16_NEEDS =
  "`bfloat16` needs a processor with AMX or with AMD's AVX512-BF16, or a GPU; elsewhere products stay float32.";

/** Precisions in which frozen weights can be kept. */
export const FROZEN_DTYPES = ['float32', 'float16', 'bfloat16', 'int8', 'nf4'] as const;
const FROZEN_IS_INERT =
  'This has no effect here without an adapter: training on a fixed dataset then keeps no frozen model.';
const HELP = 'How the engine computes.';

const fields = {
  device: field(z.enum(['auto', 'cpu', 'gpu']), {
    description: 'Device on which tensors are stored and computed; `auto` uses the GPU if the engine has one.',
  }),
  mode: field(z.enum(['compiled', 'eager']), {
    description:
      'How steps run: as recorded graphs (`compiled`) or op by op (`eager`), which is slower and is for debugging.',
  }),
  threads: field(whole(1, 1024).nullable(), {
    description: 'Number of CPU threads; null for one per core.',
  }),
  micro_batch_size: field(whole(1, 65_536).nullable(), {
    description:
      'Rows per forward and backward pass; gradients are accumulated over the batch. Fewer rows need less memory. ' +
      'Null finds a size by probing.',
    unit: 'rows',
  }),
  frozen_dtype: field(z.enum(FROZEN_DTYPES), {
    description:
      'Precision in which frozen weights are kept: the base of an adapter, the reference, reward model, and judge. ' +
      'They are widened to float32 at each use, except that products in bfloat16 (`engine.compute_dtype`) multiply a ' +
      '`bfloat16` matrix as it is. `float16` and `bfloat16` take half the memory of `float32`, `int8` a quarter, ' +
      'and `nf4` an eighth; with the last two, embedding and output matrix are kept as `bfloat16`. Without an ' +
      'adapter, a reference in less than `float32` differs from the policy, so KL does not start at exactly 0: as ' +
      '`float16`, a log-prob of the starter model changed by at most 0.02 nats (root mean square 0.0035).',
  }),
  compute_dtype: field(z.enum(['float32', 'bfloat16']), {
    description:
      'Precision of the matrix products in the layers. `bfloat16` rounds the factors to 8 bits and adds in float32; ' +
      'weights, logits, attention, losses, and the optimizer stay float32. With adapters on a base stored as ' +
      '`bfloat16`, an iteration of 135M parameters took 0.7 of the time. A log-prob of the starter model changed by ' +
      `at most 0.26 nats. ${BFLOAT16_NEEDS}`,
  }),
  recompute_activations: field(z.boolean(), {
    description:
      'Keep only the states between layers for the gradient, and compute each layer twice. With 8 layers and 512 ' +
      'tokens, an update takes about 45% less memory and 20% more time.',
  }),
};

/** How the engine computes; apart from rounding, none of these settings changes the results. */
export const engineGroup = group(fields, HELP);
export type EngineGroup = z.infer<typeof engineGroup>;

/** The same for recipes that keep no frozen model. */
export const supervisedEngineGroup = group(
  {
    ...fields,
    frozen_dtype: field(z.enum(FROZEN_DTYPES), {
      description:
        'Precision in which the frozen base of an adapter is kept; it is widened to float32 at each use, except that ' +
        'products in bfloat16 (`engine.compute_dtype`) multiply a `bfloat16` matrix as it is. Without an adapter, ' +
        'this recipe keeps no frozen weights.',
      inert: Object.fromEntries(FROZEN_DTYPES.slice(1).map((dtype) => [dtype, FROZEN_IS_INERT])),
      inertWhen: { path: 'adapter.peft_type', equals: 'none' },
    }),
  },
  HELP,
);

export const enginePreset = {
  ...allFrom('Keel: probed at the first start and recorded with the run', {
    device: 'auto' as const,
    mode: 'compiled' as const,
    threads: null,
    micro_batch_size: null,
  }),
  recompute_activations: from('Keel: prefers speed to memory', false),
  compute_dtype: from('Keel: prefers exactness to speed', 'float32' as const),
  frozen_dtype: from('Keel: frozen models are as exact as trained ones', 'float32' as const),
} satisfies Preset<EngineGroup>;
