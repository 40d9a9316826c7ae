import { field, group, real, whole } from '../fields/field.ts';

/** Number of passes over the data, batch size, and so on, for recipes that learn from a fixed dataset. */
export const trainingFields = {
  epochs: field(real(0.001, 10_000), { description: 'Number of passes over the training records.' }),
  max_steps: field(whole(1, 10_000_000).nullable(), {
    description: 'Stop after this number of updates, regardless of `epochs`; null for no limit.',
    unit: 'updates',
  }),
  batch_size: field(whole(1, 65_536), { description: 'Number of records per update.', unit: 'records' }),
  num_layers_unfrozen: field(whole(1, 10_000).nullable(), {
    description: 'Number of last blocks to train; null for all. Embedding, final norm, and head always train.',
    unit: 'blocks',
  }),
};

export const supervisedEvaluationGroup = group(
  {
    interval_steps: field(whole(1, 10_000_000), {
      description:
        'Number of updates between evaluations on the held-out records; there is also one at the start and one at the end.',
      unit: 'updates',
    }),
  },
  'Held-out evaluation during the run.',
);
