import { z } from 'zod';
import { type DoctorAction, doctorActionSchema } from '../api/run-doctor.ts';
import type { Regime } from '../regimes.ts';
import { field, group, real, whole } from './field.ts';
import { allFrom, from, type Preset } from './preset.ts';

/** Regimes by recipe family, with what a person is told of each. */
const ANY = { not_finite: 'NaN or infinity in loss, gradient, score or KL.' } as const satisfies Names;
const ONLINE = {
  ...ANY,
  collapse: 'The policy has all but stopped choosing: entropy or distinct replies near nothing.',
  kl_blow_up: 'The policy leaves its start without a limit.',
  no_anchor: 'λ is so small for the spread of the advantages that it holds nothing.',
  no_learning: 'λ is so large, or the learning rate so small, that nothing moves.',
  length_hacking: 'The reward pays for length and replies grow.',
  eos_missing: 'Replies do not end by themselves.',
  repetition: 'Replies repeat themselves.',
  dead_reward: 'All replies score alike, so there is nothing to learn.',
  over_optimization: 'The judge falls while the reward rises.',
  critic_useless: 'The critic foresees returns no better than a constant.',
  whitened_noise: 'Advantages have no spread left and whitening blows up their noise.',
  few_weights: 'AWR learns from a handful of tokens.',
  ppo_instability: 'PPO steps outside of its clip range.',
} as const satisfies Names;
const SUPERVISED = { ...ANY, diverging_loss: 'The loss rises and stays up.' } as const satisfies Names;
type Names = { readonly [Key in Regime]?: string };

const actionsOf = <const Regimes extends Names>(regimes: Regimes) =>
  group(
    Object.fromEntries(
      Object.entries(regimes).map(([regime, description]) => [regime, field(doctorActionSchema, { description })]),
    ) as { readonly [Key in keyof Regimes]: typeof doctorActionSchema },
    'What happens on a finding: `off`, `tell`, `pause` or `stop` (with a checkpoint).',
  );

const shared = {
  rollback: field(z.enum(['ask', 'allow']), {
    description:
      'Whether a run that the doctor pauses may go back to its last healthy checkpoint by itself, or waits for somebody.',
  }),
  apply_remedy: field(z.boolean(), {
    description:
      'After a rollback of its own, change what the remedy names and go on; off, the run stops at the checkpoint.',
  }),
  max_skipped_updates: field(whole(1, 1_000_000), {
    description: 'So many updates in a row skipped because loss or gradient was not finite are a finding.',
    unit: 'updates',
  }),
};

/** The doctor of an online run. Docs: docs/algorithms/doctor.md. */
export const doctorGroup = group(
  {
    actions: actionsOf(ONLINE),
    ...shared,
    max_kl: field(real(0, 1e9).nullable(), {
      description: 'KL blow-up also above this KL of a response against the reference; null for none.',
      unit: 'nats a response',
    }),
    min_entropy_share: field(real(0, 1), {
      description: 'Collapse when entropy falls below this share of its value at the start.',
    }),
    max_truncated_share: field(real(0, 1), {
      description: 'EOS missing when more than this share of responses runs into `max_new_tokens`.',
    }),
  },
  'The run doctor.',
);
export type DoctorGroup = z.infer<typeof doctorGroup>;

/** The doctor of SFT and reward modeling. Docs: docs/algorithms/doctor.md. */
export const supervisedDoctorGroup = group({ actions: actionsOf(SUPERVISED), ...shared }, 'The run doctor.');
export type SupervisedDoctorGroup = z.infer<typeof supervisedDoctorGroup>;

const TELL: DoctorAction = 'tell';
const PAUSE: DoctorAction = 'pause';

const sharedPreset = {
  ...allFrom('Keel: work is thrown away only with consent', { rollback: 'ask' as const, apply_remedy: false }),
  max_skipped_updates: from('Keel: a run of three is no accident', 3),
};

export const doctorPreset = {
  actions: {
    ...allFrom('Keel: nothing after it is worth computing', { not_finite: PAUSE, collapse: PAUSE }),
    ...allFrom('Keel: a warning stands with its numbers, the run goes on', {
      kl_blow_up: TELL,
      no_anchor: TELL,
      no_learning: TELL,
      length_hacking: TELL,
      eos_missing: TELL,
      repetition: TELL,
      dead_reward: TELL,
      over_optimization: TELL,
      critic_useless: TELL,
      whitened_noise: TELL,
      few_weights: TELL,
      ppo_instability: TELL,
    }),
  },
  ...sharedPreset,
  max_kl: from('Keel: off unless asked for', null),
  ...allFrom('docs/algorithms/doctor.md', { min_entropy_share: 0.1, max_truncated_share: 0.95 }),
} satisfies Preset<DoctorGroup>;

export const supervisedDoctorPreset = {
  actions: {
    not_finite: from('Keel: nothing after it is worth computing', PAUSE),
    diverging_loss: from('Keel: a warning stands with its numbers, the run goes on', TELL),
  },
  ...sharedPreset,
} satisfies Preset<SupervisedDoctorGroup>;
