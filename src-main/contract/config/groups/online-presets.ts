import { allFrom, from, type Preset } from '../preset.ts';
import { checkpointsPreset } from './checkpoints.ts';
import { dataPreset } from './data.ts';
import { doctorPreset } from './doctor.ts';
import { enginePreset } from './engine-settings.ts';
import { authorsGenerationPreset, generationPreset } from './generation.ts';
import type { CriticGroups, OnlineGroups } from './online.ts';

const CLEAN = 'docs/algorithms/apa.md, differences from the released code';
const TRL = 'TRL PPOConfig';
const KEPT = 'docs/experiments.md';

const roles = {
  reference: from('Zhu et al. 2023: the initial policy', null),
  judge: from('Keel: none unless you configure one', null),
  certificate_required: from('Keel: a reward model at chance level teaches nothing', true),
};

/** The values of both presets for a recipe with a critic. */
export const criticPreset = {
  critic: allFrom('RLHF-APA: a separate critic, copied from the policy', { init: 'policy', head: 'mlp' as const }),
} satisfies Preset<CriticGroups>;

/** The values of the `keel` preset for every online recipe. */
export const keelOnline = {
  ...roles,
  data: dataPreset,
  generation: generationPreset,
  scaling: {
    ...allFrom(`${CLEAN}; ${KEPT}, frozen deviations`, {
      scale_reward: 'frozen' as const,
      advantages: 'frozen' as const,
      warmup_rollouts: 128,
    }),
    cliprange_reward: from('RLHF-APA, HH: cliprange_reward 10 of its PPO', 10),
  },
  rollouts: {
    num_rollouts: from('RLHF-APA, HH 1B and 6B', 64),
    num_generations: from('Zhu et al. 2023: one response per prompt', 1),
    chunk_size: from('Keel: half a collection, which a small model can score at once', 32),
    ...allFrom(CLEAN, {
      response_mask: 'explicit' as const,
      pad_token: 'distinct' as const,
      reencode_responses: false,
    }),
  },
  updates: {
    total_iterations: from('Keel: 800 updates, minutes for a small model', 100),
    minibatch_size: from('docs/experiments.md, tabular runs: four minibatches per collection', 16),
    num_ppo_epochs: from('RLHF-APA, HH: 2 updates per minibatch', 2),
    epoch_order: from('trlX since 6f7f59d; TRL: fresh passes', 'outer' as const),
    num_layers_unfrozen: from(`${TRL}: all weights are trained`, null),
  },
  optimizer: {
    learning_rate: from(`${TRL}.learning_rate`, 3e-6),
    ...allFrom('RLHF-APA, HH', { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 1e-6, max_grad_norm: 1 }),
    ...allFrom('RLHF-APA, HH: constant', { warmup_steps: 0, schedule: 'constant' as const, min_learning_rate: 0 }),
  },
  evaluation: {
    interval_iterations: from('Keel: ten evaluations in a run of 100 iterations', 10),
    num_prompts: from('Wilson 1927: 128 prompts give a win rate to about ±0.09; about 9% of the time of a run', 128),
    num_samples: from('Keel: a number that you can read', 8),
    do_sample: from('RLHF-APA, HH: evaluated as sampled in training', true),
    seed: from('Keel: a different seed from that of training', 1),
  },
  doctor: doctorPreset,
  checkpoints: checkpointsPreset,
  engine: enginePreset,
} satisfies Preset<OnlineGroups>;

const HH = 'RLHF-APA, HH online 125M';

/** The values of the `authors` preset; the parameters hold what differs for PPO. */
export function authorsOnline(own: {
  readonly learningRate: number;
  readonly maxLength: number;
  readonly clipReward: number;
  readonly topK: number;
  readonly topKSource: string;
}) {
  return {
    ...keelOnline,
    data: {
      ...keelOnline.data,
      ...allFrom(`${HH}: seq_length`, { max_length: own.maxLength, truncation_side: 'left' as const }),
    },
    generation: authorsGenerationPreset(own.topK, own.topKSource),
    scaling: {
      ...allFrom(HH, { scale_reward: 'running' as const, cliprange_reward: own.clipReward }),
      advantages: from(`${HH}: whitened over every cell of the padded minibatch`, 'whiten_padded' as const),
      warmup_rollouts: from('not used by this preset', 128),
    },
    rollouts: {
      ...allFrom(HH, { num_rollouts: 128, num_generations: 1, chunk_size: 16 }),
      ...allFrom('RLHF-APA, sppo trainer: mask from the attention, pad = EOS, text tokenized again', {
        response_mask: 'attention' as const,
        pad_token: 'eos' as const,
        reencode_responses: true,
      }),
    },
    updates: {
      total_iterations: from(`${HH}: 20000 updates, 32 per collection`, 625),
      ...allFrom(HH, { minibatch_size: 8, num_ppo_epochs: 2, num_layers_unfrozen: 2 }),
      epoch_order: from('RLHF-APA: both updates on the same minibatch', 'inner' as const),
    },
    optimizer: {
      learning_rate: from(HH, own.learningRate),
      ...allFrom(HH, { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 1e-6, max_grad_norm: 1 }),
      ...allFrom(`${HH}: cosine whose floor equals the rate`, {
        warmup_steps: 0,
        schedule: 'constant' as const,
        min_learning_rate: own.learningRate,
      }),
    },
    evaluation: {
      interval_iterations: from(`${HH}: every 1000 updates, 32 per collection`, 31),
      num_prompts: from(`${HH}: first 280 of the test split`, 280),
      ...allFrom(`${HH}: sampled as in training`, { num_samples: 8, do_sample: true, seed: 1 }),
    },
  } satisfies Preset<OnlineGroups>;
}
