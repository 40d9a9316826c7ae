import { z } from 'zod';
import { field, group, real } from '../config/fields/field.ts';
import { clippingFields, severalGenerations } from '../config/groups/group-fields.ts';
import { keelGroups } from '../config/groups/group-presets.ts';
import { headingFields } from '../config/groups/heading.ts';
import { onlineFields } from '../config/groups/online.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { type CrossCheck, onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { UPDATES } from '../metrics/update-metrics.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { groupMetrics, groupPlots } from '../recipe-parts/group-metrics.ts';
import { onlineLists } from '../recipe-parts/online-plots.ts';

const TRL = 'TRL GRPOConfig';

/** Group relative policy optimization: the config file of `recipe: grpo`. Docs: docs/algorithms/grpo.md. */
const schema = z.strictObject({
  ...headingFields('grpo'),
  ...onlineFields,
  method: group(
    {
      loss_type: field(z.enum(['grpo', 'dr_grpo', 'dapo', 'bnpo', 'cispo']), {
        description:
          'What the losses of tokens are divided by: the length of their response (`grpo`), `max_new_tokens` ' +
          '(`dr_grpo`), the number of tokens of the collection (`dapo`) or of the minibatch (`bnpo`). `cispo` divides ' +
          'like `dapo` and weights log-likelihoods by clipped ratios.',
        source: `${TRL}.loss_type`,
      }),
      importance_sampling_level: field(z.enum(['token', 'sequence']), {
        description:
          'Whether each token has its own probability ratio, or all tokens of a response the geometric mean of theirs ' +
          '(`sequence`, GSPO), for which `loss_type: grpo` is made.',
        source: `${TRL}.importance_sampling_level`,
      }),
      beta: field(real(0, 1e6), {
        description: 'Weight of the KL to the reference in the loss.',
        symbol: 'β',
        source: `${TRL}.beta`,
        live: { label: 'β' },
      }),
      use_bias_correction_kl: field(z.boolean(), {
        description: 'Weight the KL of each token by its probability ratio, which makes its gradient that of the KL.',
        source: `${TRL}.use_bias_correction_kl`,
      }),
      scale_rewards: field(z.enum(['group', 'batch', 'none']), {
        description:
          'Divide the difference of a score from the mean of its group by the deviation of the group, of all ' +
          'responses of the collection (`batch`), or by nothing.',
        source: `${TRL}.scale_rewards`,
      }),
      entropy_coef: field(real(0, 1e3), {
        description: 'Weight of the mean entropy per token, which is subtracted from the loss; 0 for no bonus.',
        source: `${TRL}.entropy_coef`,
      }),
      ...clippingFields(TRL),
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

const SHAO = 'Shao et al. 2024 (arXiv 2402.03300)';

const keel = keelGroups(TRL, 8);
const trlMethod = allFrom(TRL, {
  loss_type: 'dapo' as const,
  importance_sampling_level: 'token' as const,
  beta: 0,
  use_bias_correction_kl: true,
  scale_rewards: 'group' as const,
  entropy_coef: 0,
  epsilon: 0.2,
  epsilon_high: null,
  mask_truncated_completions: false,
});

const presets: Presets<File> = {
  keel: {
    ...keel,
    name: from('Keel: the recipe', 'grpo'),
    seed: from('Keel: the seed of the other methods', 0),
    method: trlMethod,
  },
  authors: {
    ...keel,
    name: from('Keel: the recipe', 'grpo'),
    seed: from('Keel: the seed of the other methods', 0),
    generation: { ...keel.generation, max_new_tokens: from(`${SHAO}: maximum length`, 1024) },
    rollouts: { ...keel.rollouts, ...allFrom(SHAO, { num_rollouts: 1024, num_generations: 64 }) },
    updates: { ...keel.updates, minibatch_size: from(`${SHAO}: a single update per exploration`, 1024) },
    optimizer: {
      ...keel.optimizer,
      learning_rate: from(SHAO, 1e-6),
      schedule: from('Keel: the paper names none', 'constant'),
    },
    method: {
      ...trlMethod,
      loss_type: from(`${SHAO}, eq. 3: mean over each response`, 'grpo'),
      beta: from(SHAO, 0.04),
      use_bias_correction_kl: from(`${SHAO}, eq. 4: without the ratio`, false),
    },
  },
};

const weightLimit: CrossCheck = {
  fields: ['method.epsilon_high', 'method.loss_type'],
  fault: (limit: number | null, type: string) =>
    type !== 'cispo' || limit !== null
      ? null
      : {
          why: 'is null, but the weights of cispo need a limit of their own',
          fix: 'Use 5 (Khatri et al. 2025, arXiv 2510.13786).',
        },
};

/** The descriptor of the recipe. */
export const grpo = describeRecipe({
  name: 'grpo',
  title: 'GRPO',
  note: 'Compare several responses to each prompt with each other: no critic, and the usual choice for rewards that check an answer.',
  order: 60,
  color: { light: '#8a4fbf', dark: '#b98ae6' },
  kind: 'online',
  artifacts: ['policy'],
  data: 'prompts',
  schema,
  presets,
  checks: [...onlineChecks, severalGenerations, weightLimit],
  headline: ['model', 'data.files', 'reward', 'rollouts.num_generations', 'updates.total_iterations'],
  // β is neither λ nor kl_coef: a run with several responses per prompt is not repeated with the methods that have those.
  anchor: null,
  metrics: {
    ...groupMetrics,
    ...metricGroup('GRPO', {
      policy_loss: ['1', 'Loss without the entropy bonus; only with a bonus', UPDATES, 'none', 'TRL'],
      entropy_coef: ['1', 'entropy_coef in effect; only with a bonus', 'in the iteration', 'none', 'TRL'],
      cispo_clip_ratio: ['share', 'Weights of positive advantages that cispo limits', UPDATES, 'none', 'TRL'],
      'grpo/beta': ['1', 'beta in effect', 'in the iteration', 'none', 'Keel'],
    }),
  },
  ...onlineLists,
  plots: groupPlots,
  card: {
    name: 'group relative policy optimization',
    text: 'Clipped policy ratio, with the advantage of a response over the other responses to its prompt.',
    source:
      'Shao et al. 2024, DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models, arXiv:2402.03300',
  },
});
