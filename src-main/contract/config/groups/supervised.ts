import { field, group, real, whole } from '../fields/field.ts';

/** Passes over the data and batch size, for recipes that learn from a fixed dataset. */
export const trainingFields = {
  epochs: field(real(0.001, 10_000), { description: 'Passes over the training records.' }),
  max_steps: field(whole(1, 10_000_000).nullable(), {
    description: 'Stop after so many updates, whatever `epochs` says; null for no limit.',
    unit: 'updates',
  }),
  batch_size: field(whole(1, 65_536), { description: 'Records of one update.', unit: 'records' }),
  num_layers_unfrozen: field(whole(1, 10_000).nullable(), {
    description: 'Train the last so many blocks only; embedding, final norm and head always train. Null for all.',
    unit: 'blocks',
  }),
};

export const supervisedEvaluationGroup = group(
  {
    interval_steps: field(whole(1, 10_000_000), {
      description: 'Evaluate on the held-out records every so many updates, and at the end.',
      unit: 'updates',
    }),
  },
  'Held-out evaluation during the run.',
);
