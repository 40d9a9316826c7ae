import { z } from 'zod';
import { field, group, real, whole, words } from '../fields/field.ts';
import type { AdapterGroup } from './adapter.ts';
import { checkpointsGroup } from './checkpoints.ts';
import { dataGroup } from './data.ts';
import { doctorGroup } from './doctor.ts';
import { engineGroup } from './engine-settings.ts';
import { generationGroup } from './generation.ts';
import { modelField, optionalModelField } from './heading.ts';
import { optimizerGroup } from './optimizer.ts';
import { judgeField, rewardField } from './reward.ts';

const criticGroup = group(
  {
    init: field(words(), {
      description: 'What the critic starts from: `policy`, `reward_model`, a model folder, or a reference.',
    }),
    head: field(z.enum(['mlp', 'linear']), {
      description: 'Value head on the last hidden state: Linear(d, 2d), ReLU, Linear(2d, 1); or a single Linear(d, 1).',
    }),
  },
  'The value model, which is separate from the policy.',
);

const scalingGroup = group(
  {
    scale_reward: field(z.enum(['none', 'running', 'frozen', 'ref']), {
      description:
        'Divide scores by nothing, by their running deviation, by the deviation of the first `warmup_rollouts` ' +
        'responses (`frozen`), or by that of the first collection (`ref`).',
      source: "trlX method.scale_reward; `frozen` is Keel's",
    }),
    cliprange_reward: field(real(1e-6, 1e9), { description: 'Scaled scores are clipped to ± this value.' }),
    advantages: field(z.enum(['none', 'running', 'frozen', 'whiten_padded', 'whiten_masked']), {
      description:
        'Divide advantages by nothing, by their running deviation, or by a deviation frozen after `warmup_rollouts`, ' +
        'or whiten them: over every cell of the padded minibatch (`whiten_padded`) or over the responses of a whole ' +
        'collection (`whiten_masked`). This sets the unit of λ.',
    }),
    warmup_rollouts: field(whole(1, 10_000_000), {
      description: 'Number of responses over which the frozen deviations of scores and advantages are measured.',
      unit: 'responses',
    }),
  },
  'The units of rewards and advantages, and therefore of λ.',
);

const rolloutsGroup = group(
  {
    num_rollouts: field(whole(1, 1_000_000), {
      description: 'Number of responses per collection; the policy is updated after each collection.',
      unit: 'responses',
    }),
    num_generations: field(whole(1, 4096), {
      description: 'Number of responses to each prompt of a collection, sampled independently.',
      unit: 'responses',
      source: 'TRL GRPOConfig.num_generations',
    }),
    chunk_size: field(whole(1, 65_536), {
      description:
        'Number of responses scored at once. Generation joins chunks as long as their keys and values stay small.',
      unit: 'responses',
    }),
    response_mask: field(z.enum(['explicit', 'attention']), {
      description:
        'What counts as part of a response: the sampled tokens with the stop token (`explicit`), or everything that ' +
        'is not padding (`attention`).',
    }),
    pad_token: field(z.enum(['distinct', 'eos']), { description: 'The padding token: an id other than EOS, or EOS.' }),
    reencode_responses: field(z.boolean(), {
      description: 'Decode each response and tokenize its text again, instead of keeping the sampled ids.',
    }),
  },
  'How responses are collected.',
);

const updatesGroup = group(
  {
    total_iterations: field(whole(1, 10_000_000), {
      description: 'Number of collections, each followed by its updates.',
      unit: 'iterations',
    }),
    minibatch_size: field(whole(1, 65_536), { description: 'Number of responses per update.', unit: 'responses' }),
    num_ppo_epochs: field(whole(1, 1000), {
      description: 'Number of updates on each minibatch.',
      source: 'TRL PPOConfig.num_ppo_epochs',
    }),
    epoch_order: field(z.enum(['inner', 'outer']), {
      description:
        'Do all updates on a minibatch in a row (`inner`), or make passes over freshly shuffled minibatches (`outer`).',
    }),
    num_layers_unfrozen: field(whole(1, 10_000).nullable(), {
      description:
        "Number of the policy's last blocks to train; null for all. Embedding, final norm, and head always train.",
      unit: 'blocks',
    }),
  },
  'How the policy is updated.',
);

const evaluationGroup = group(
  {
    interval_iterations: field(whole(1, 10_000_000), {
      description: 'Number of iterations between evaluations; there is also one before the first and after the last.',
      unit: 'iterations',
    }),
    num_prompts: field(whole(1, 1_000_000), {
      description: 'Number of fixed held-out prompts in an evaluation.',
      unit: 'prompts',
    }),
    num_samples: field(whole(0, 1000), {
      description:
        'Number of these prompts, from the first on, whose responses keep per-token values; all keep text and scores.',
      unit: 'prompts',
    }),
    do_sample: field(z.boolean(), {
      description: 'Sample with the training settings. If off, always take the most likely token.',
    }),
    seed: field(whole(0, 2_147_483_647), {
      description: 'Seed of the sampled responses, used again at every evaluation.',
    }),
  },
  'Held-out evaluation during the run.',
);

/** Fields in the `method` group of recipes that estimate advantages with a critic. */
export const methodFields = {
  gamma: field(real(0, 1), { description: 'Discount factor of later rewards, per response entry.', symbol: 'γ' }),
  lam: field(real(0, 1), { description: "Decay of generalized advantage estimation; not APA's λ.", symbol: 'λ_GAE' }),
  vf_coef: field(real(0, 1e6), { description: 'Weight of the value loss in the total loss.' }),
};

/** The group of recipes whose advantages come from a value model. */
export const criticFields = { critic: criticGroup };

/** Everything in an online config except its heading, critic, and method. */
export const onlineFields = {
  model: modelField('The policy to start from'),
  reference: optionalModelField('The frozen policy that KL and targets refer to (null for `model`)'),
  data: dataGroup,
  reward: rewardField,
  judge: judgeField,
  certificate_required: field(z.boolean(), {
    description: 'Refuse a reward model that has no certificate or whose accuracy interval includes chance.',
  }),
  generation: generationGroup,
  scaling: scalingGroup,
  rollouts: rolloutsGroup,
  updates: updatesGroup,
  optimizer: optimizerGroup,
  evaluation: evaluationGroup,
  doctor: doctorGroup,
  checkpoints: checkpointsGroup,
  engine: engineGroup,
};
export type OnlineGroups = z.infer<z.ZodObject<typeof onlineFields>>;
export type CriticGroups = z.infer<z.ZodObject<typeof criticFields>>;

/** What every online config has, whatever its method; a method without a value model has no critic. */
export type OnlineFile = OnlineGroups &
  Partial<CriticGroups> & {
    readonly recipe: string;
    readonly name: string;
    readonly seed: number;
    readonly adapter: AdapterGroup;
    readonly method: Readonly<Record<string, unknown>>;
  };
