import { z } from 'zod';
import { field, group, real, whole } from './field.ts';
import { allFrom, type Preset } from './preset.ts';

/** Alarms of an online run. Docs: docs/algorithms/apa.md, reading the plots. */
export const doctorGroup = group(
  {
    action: field(z.enum(['stop', 'warn', 'off']), {
      description: 'On an alarm: stop at a checkpoint, only tell, or do not look.',
    }),
    max_kl: field(real(0, 1e9).nullable(), {
      description: 'Alarm above this KL of a response against the reference; null for none.',
      unit: 'nats a response',
    }),
    min_entropy_share: field(real(0, 1), {
      description: 'Alarm when entropy falls below this share of its first value.',
    }),
    max_truncated_share: field(real(0, 1), {
      description: 'Alarm when more than this share of responses runs into `max_new_tokens`.',
    }),
    max_skipped_updates: field(whole(1, 1_000_000), {
      description: 'Stop after so many updates in a row were skipped because loss or gradient was not finite.',
      unit: 'updates',
    }),
  },
  'Alarms.',
);
export type DoctorGroup = z.infer<typeof doctorGroup>;

export const doctorPreset = {
  ...allFrom('Keel: a warning stands with its numbers, the run goes on', { action: 'warn' as const }),
  ...allFrom('docs/algorithms/apa.md, reading the plots: collapse', { min_entropy_share: 0.1 }),
  ...allFrom('Keel: off unless asked for', { max_kl: null, max_truncated_share: 1 }),
  ...allFrom('Keel: a run of three is no accident', { max_skipped_updates: 3 }),
} satisfies Preset<DoctorGroup>;
