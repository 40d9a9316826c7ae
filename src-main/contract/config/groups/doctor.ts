import { z } from 'zod';
import { type DoctorAction, doctorActionSchema } from '../../api/runs/run-doctor.ts';
import type { FailureMode } from '../../failure-modes.ts';
import { field, group, real, whole } from '../fields/field.ts';
import { allFrom, from, type Preset } from '../preset.ts';

/** FailureModes by recipe family: what the finding means, and what a person would do about it. */
const ANY = {
  not_finite: 'Loss, gradient, score or KL is NaN or infinite, so updates are skipped or mean nothing.',
} as const satisfies Names;
const ONLINE = {
  ...ANY,
  collapse: 'The policy has stopped exploring: its entropy, or the share of distinct responses, is close to zero.',
  kl_blow_up: 'The policy moves away from its start without a limit.',
  no_anchor: 'The spread of the advantages is too large for λ, so nothing holds the policy near the reference.',
  no_learning: 'With so large a λ, or so small a learning rate, the policy does not change at all.',
  length_hacking: 'The reward pays for length, and responses grow longer to collect it.',
  eos_missing: 'Responses run into the length limit instead of ending with the end-of-sequence token.',
  repetition: 'Responses repeat their own phrases.',
  dead_reward: 'All responses get the same score, so there is nothing to learn from.',
  over_optimization: 'The judge prefers the responses less and less while the reward still rises.',
  critic_useless: 'The critic predicts returns no better than a constant would.',
  whitened_noise: 'Advantages have hardly any spread left, and whitening turns their noise into a signal.',
  few_weights: "Almost all of AWR's weight rests on a handful of tokens.",
  ppo_instability: "PPO's updates leave the clip range: too many tokens are clipped, or the mean ratio is far from 1.",
} as const satisfies Names;
const SUPERVISED = {
  ...ANY,
  diverging_loss: 'The training loss has risen well above its start and stays there.',
} as const satisfies Names;
type Names = { readonly [Key in FailureMode]?: string };

const ON_A_FINDING =
  'On a finding, `off` says nothing, `tell` warns and goes on, `pause` waits for a decision, `stop` ends with a checkpoint.';

const actionsOf = <const FailureModes extends Names>(regimes: FailureModes) =>
  group(
    Object.fromEntries(
      Object.entries(regimes).map(([regime, meaning]) => [
        regime,
        field(doctorActionSchema, { description: `${meaning} ${ON_A_FINDING}` }),
      ]),
    ) as { readonly [Key in keyof FailureModes]: typeof doctorActionSchema },
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
