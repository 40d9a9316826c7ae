import { z } from 'zod';
import { field, group, real, whole } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

/** When checkpoints are written and which ones are kept. */
export const checkpointsGroup = group(
  {
    interval_seconds: field(real(0, 86_400), {
      description:
        'Time between checkpoints; each one is written at the next step boundary. A resumed run repeats at most this ' +
        'much work. If a checkpoint takes longer than 2% of this time to write, the time becomes 50 times as long as ' +
        'the last one took; 0 writes one at every step.',
      unit: 'seconds',
    }),
    interval_steps: field(whole(1, 10_000_000).nullable(), {
      description: 'Number of steps after which a checkpoint is also written; null to go by time only.',
      unit: 'steps',
    }),
    keep_every: field(whole(1, 10_000_000).nullable(), {
      description: 'Keep every n-th checkpoint in addition to the best and the last; null to keep only those two.',
      unit: 'checkpoints',
    }),
    keep_best: field(z.boolean(), { description: 'Keep the checkpoint with the best evaluation.' }),
    disk_budget_gb: field(real(0.001, 1_000_000).nullable(), {
      description:
        "Maximum disk space for the run's checkpoints, checked before the start; null for all the free space.",
      unit: 'GB',
    }),
  },
  'Checkpoints that are saved during the run.',
);
export type CheckpointsGroup = z.infer<typeof checkpointsGroup>;

export const checkpointsPreset = allFrom('Keel: a resumed run repeats at most two minutes', {
  interval_seconds: 120,
  interval_steps: null,
  keep_every: null,
  keep_best: true,
  disk_budget_gb: null,
}) satisfies Preset<CheckpointsGroup>;
