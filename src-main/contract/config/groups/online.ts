import { z } from 'zod';
import { field, group, real, whole, words } from '../fields/field.ts';
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
      description: 'Where the critic starts from: `policy`, `reward_model`, or a model folder or reference.',
    }),
    head: field(z.enum(['mlp', 'linear']), {
      description: 'Value head on the last hidden state: Linear(d, 2d), ReLU, Linear(2d, 1), or one Linear(d, 1).',
    }),
  },
  'The value model, apart from the policy.',
);

const scalingGroup = group(
  {
    scale_reward: field(z.enum(['none', 'running', 'frozen', 'ref']), {
      description:
        'Divide scores by nothing, by their running deviation, by the deviation of the first `warmup_rollouts` responses, or by that of the first collection.',
      source: "trlX method.scale_reward; `frozen` is Keel's",
    }),
    cliprange_reward: field(real(1e-6, 1e9), { description: 'Scaled scores are clipped to ± this.' }),
    advantages: field(z.enum(['none', 'running', 'frozen', 'whiten_padded', 'whiten_masked']), {
      description:
        'Divide advantages by nothing, by a running deviation, by one frozen after `warmup_rollouts`, or whiten them: over every cell of the padded minibatch, or over the responses of a whole collection.',
    }),
    warmup_rollouts: field(whole(1, 10_000_000), {
      description: 'Responses over which the frozen deviations are measured, of scores and advantages together.',
      unit: 'responses',
    }),
  },
  'Units of rewards and advantages, and so of λ.',
);

const rolloutsGroup = group(
  {
    num_rollouts: field(whole(1, 1_000_000), {
      description: 'Responses of one collection; the policy is updated between collections.',
      unit: 'responses',
    }),
    num_generations: field(whole(1, 4096), {
      description: 'Responses to each prompt of a collection; they are drawn independently.',
      unit: 'responses',
      source: 'TRL GRPOConfig.num_generations',
    }),
    chunk_size: field(whole(1, 65_536), {
      description: 'Responses scored at once. Generation joins chunks while their keys and values stay small.',
      unit: 'responses',
    }),
    response_mask: field(z.enum(['explicit', 'attention']), {
      description: 'What counts as response: the sampled tokens with the stop token, or whatever differs from padding.',
    }),
    pad_token: field(z.enum(['distinct', 'eos']), { description: 'What pads: an id apart from EOS, or EOS itself.' }),
    reencode_responses: field(z.boolean(), {
      description: 'Decode each response and tokenize the text again in place of the sampled ids.',
    }),
  },
  'How experience is collected.',
);

const updatesGroup = group(
  {
    total_iterations: field(whole(1, 10_000_000), {
      description: 'Collections, each followed by its updates.',
      unit: 'iterations',
    }),
    minibatch_size: field(whole(1, 65_536), { description: 'Responses of one update.', unit: 'responses' }),
    num_ppo_epochs: field(whole(1, 1000), {
      description: 'Updates on each minibatch.',
      source: 'TRL PPOConfig.num_ppo_epochs',
    }),
    epoch_order: field(z.enum(['inner', 'outer']), {
      description:
        'All updates of a minibatch in a row (`inner`), or passes over freshly shuffled minibatches (`outer`).',
    }),
    num_layers_unfrozen: field(whole(1, 10_000).nullable(), {
      description:
        "Train the policy's last so many blocks only; embedding, final norm and head always train. Null for all.",
      unit: 'blocks',
    }),
  },
  'How the policy is updated.',
);

const evaluationGroup = group(
  {
    interval_iterations: field(whole(1, 10_000_000), {
      description: 'Evaluate every so many iterations, before the first and after the last.',
      unit: 'iterations',
    }),
    num_prompts: field(whole(1, 1_000_000), {
      description: 'Fixed held-out prompts of an evaluation.',
      unit: 'prompts',
    }),
    num_samples: field(whole(0, 1000), {
      description:
        'Of these, keep the per-token numbers of the responses to the first so many; text and scores are kept of all.',
      unit: 'prompts',
    }),
    do_sample: field(z.boolean(), {
      description: 'Sample with the training settings; off, always the likeliest token.',
    }),
    seed: field(whole(0, 2_147_483_647), {
      description: 'Seed of evaluation responses; the same at every evaluation.',
    }),
  },
  'Held-out evaluation during the run.',
);

/** Fields of the method's own group where advantages are estimated with a critic. */
export const methodFields = {
  gamma: field(real(0, 1), { description: 'Discount of later rewards, by entry.', symbol: 'γ' }),
  lam: field(real(0, 1), { description: "Decay of generalized advantage estimation; not APA's λ.", symbol: 'λ_GAE' }),
  vf_coef: field(real(0, 1e6), { description: 'Weight of the value loss in the sum.' }),
};

/** The group of a recipe whose advantages come from a value model. */
export const criticFields = { critic: criticGroup };

/** Everything of an online config but its heading, its critic and its method. */
export const onlineFields = {
  model: modelField('The policy to start from'),
  reference: optionalModelField('The frozen policy of KL and target; null for `model`. It is'),
  data: dataGroup,
  reward: rewardField,
  judge: judgeField,
  certificate_required: field(z.boolean(), {
    description: 'Refuse a reward model without a certificate, or whose accuracy interval includes chance.',
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

/** What every online config has, whichever method it is of; a method without a value model has no critic. */
export type OnlineFile = OnlineGroups &
  Partial<CriticGroups> & {
    readonly recipe: string;
    readonly name: string;
    readonly seed: number;
    readonly method: Readonly<Record<string, unknown>>;
  };
