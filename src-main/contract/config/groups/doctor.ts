import { z } from 'zod';
import { type DoctorAction, doctorActionSchema } from '../../api/runs/run-doctor.ts';
import type { FailureMode } from '../../failure-modes.ts';
import { field, group, real, whole } from '../fields/field.ts';
import { allFrom, from, type Preset } from '../preset.ts';

/** Failure modes by recipe family, and what a finding of each means. */
const ANY = {
  not_finite: 'The loss, gradient, score, or KL is NaN or infinite, so updates are skipped or meaningless.',
} as const satisfies Names;
const ONLINE = {
  ...ANY,
  collapse: 'The policy has stopped exploring: its entropy or its share of distinct responses is close to zero.',
  kl_blow_up: 'The policy keeps moving away from its starting point without leveling off.',
  no_anchor: 'The advantages are spread too widely for λ, so nothing keeps the policy near the reference.',
  no_learning: 'The policy does not change at all, because λ is too large or the learning rate too small.',
  length_hacking: 'The reward favors length, and responses grow longer to exploit that.',
  eos_missing: 'Responses reach the length limit instead of ending with the end-of-sequence token.',
  repetition: 'Responses repeat their own phrases.',
  dead_reward: 'All responses get the same score, so there is nothing to learn from.',
  over_optimization: 'The judge prefers the responses less and less, while the reward still rises.',
  critic_useless: 'The critic predicts returns no better than a constant would.',
  whitened_noise: 'The advantages have almost no spread left, and whitening amplifies their noise into a signal.',
  few_weights: "Almost all of AWR's weight is on a handful of tokens.",
  ppo_instability: "PPO's updates exceed the clip range: too many tokens are clipped, or the mean ratio is far from 1.",
} as const satisfies Names;
const SUPERVISED = {
  ...ANY,
  diverging_loss: 'The training loss has risen well above its initial value and stays there.',
} as const satisfies Names;
type Names = { readonly [Key in FailureMode]?: string };

const ON_A_FINDING =
  'On a finding, `off` does nothing, `tell` warns and continues, `pause` waits for your decision, and `stop` ends ' +
  'the run with a checkpoint.';

const actionsOf = <const Modes extends Names>(modes: Modes) =>
  group(
    Object.fromEntries(
      Object.entries(modes).map(([mode, meaning]) => [
        mode,
        field(doctorActionSchema, { description: `${meaning} ${ON_A_FINDING}` }),
      ]),
    ) as { readonly [Key in keyof Modes]: typeof doctorActionSchema },
    'What happens on a finding: `off`, `tell` (warn), `pause`, or `stop` (with a checkpoint).',
  );

const shared = {
  rollback: field(z.enum(['ask', 'allow']), {
    description:
      'What a run does after the doctor pauses it: wait for you (`ask`), or roll back to its last healthy checkpoint ' +
      'automatically (`allow`).',
  }),
  apply_remedy: field(z.boolean(), {
    description:
      'After an automatic rollback, apply the value that the remedy names and continue. If off, the run stops at the ' +
      'checkpoint.',
  }),
  max_skipped_updates: field(whole(1, 1_000_000), {
    description:
      'Report `not_finite` after this number of consecutive updates was skipped because the loss or gradient was not ' +
      'finite.',
    unit: 'updates',
  }),
};

/** The doctor of an online run. Docs: docs/algorithms/doctor.md. */
export const doctorGroup = group(
  {
    actions: actionsOf(ONLINE),
    ...shared,
    max_kl: field(real(0, 1e9).nullable(), {
      description: 'Also report a KL blow-up above this KL of a response against the reference; null for no limit.',
      unit: 'nats per response',
    }),
    min_entropy_share: field(real(0, 1), {
      description: 'Report a collapse if entropy falls below this share of its value at the start.',
    }),
    max_truncated_share: field(real(0, 1), {
      description: 'Report a missing EOS if more than this share of the responses reaches `max_new_tokens`.',
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
  ...allFrom('Keel: work is discarded only with your consent', { rollback: 'ask' as const, apply_remedy: false }),
  max_skipped_updates: from('Keel: three in a row are unlikely to be chance', 3),
};

export const doctorPreset = {
  actions: {
    ...allFrom('Keel: nothing computed after it is useful', { not_finite: PAUSE, collapse: PAUSE }),
    ...allFrom('Keel: a warning with its numbers, and the run continues', {
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
  max_kl: from('Keel: off unless you set it', null),
  ...allFrom('docs/algorithms/doctor.md', { min_entropy_share: 0.1, max_truncated_share: 0.95 }),
} satisfies Preset<DoctorGroup>;

export const supervisedDoctorPreset = {
  actions: {
    not_finite: from('Keel: nothing computed after it is useful', PAUSE),
    diverging_loss: from('Keel: a warning with its numbers, and the run continues', TELL),
  },
  ...sharedPreset,
} satisfies Preset<SupervisedDoctorGroup>;
