import { z } from 'zod';
import { field, group, real, whole } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

/** When a run is saved and what is kept. */
export const checkpointsGroup = group(
  {
    interval_seconds: field(real(0, 86_400), {
      description:
        'A checkpoint is written at the first step boundary after so long; at most this much is computed twice.',
      unit: 'seconds',
    }),
    interval_steps: field(whole(1, 10_000_000).nullable(), {
      description: 'A checkpoint is also written every so many steps; null for none.',
      unit: 'steps',
    }),
    keep_every: field(whole(1, 10_000_000).nullable(), {
      description: 'Keep each n-th checkpoint beside the best and the last; null for none.',
      unit: 'checkpoints',
    }),
    keep_best: field(z.boolean(), { description: 'Keep the checkpoint with the best evaluation.' }),
    disk_budget_gb: field(real(0.001, 1_000_000).nullable(), {
      description: 'Checkpoints of the run may take so much disk; checked before the start. Null for the free space.',
      unit: 'GB',
    }),
  },
  'What is saved while the run goes on.',
);
export type CheckpointsGroup = z.infer<typeof checkpointsGroup>;

export const checkpointsPreset = allFrom('Keel: at most two minutes are computed twice', {
  interval_seconds: 120,
  interval_steps: null,
  keep_every: null,
  keep_best: true,
  disk_budget_gb: null,
}) satisfies Preset<CheckpointsGroup>;
