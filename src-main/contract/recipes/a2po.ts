import { z } from 'zod';
import { field, group, real, whole } from '../config/fields/field.ts';
import { keelGroups } from '../config/groups/group-presets.ts';
import { headingFields } from '../config/groups/heading.ts';
import { onlineFields } from '../config/groups/online.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { type CrossCheck, onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { onlineLists, onlinePlots } from '../recipe-parts/online-plots.ts';
import { plot } from '../recipe-parts/plot-spec.ts';

const TRL = 'TRL A2POConfig';

/** Optimal advantage regression, A*-PO: the config file of `recipe: a2po`. Docs: docs/algorithms/a2po.md. */
const schema = z.strictObject({
  ...headingFields('a2po'),
  ...onlineFields,
  method: group(
    {
      beta1: field(real(1e-6, 1e6), {
        description:
          'Temperature of the optimal value of a prompt, β₁ log mean exp(score / β₁) over responses of the reference: a ' +
          'smaller one looks at the best of them, a larger one at their mean.',
        symbol: 'β₁',
        source: `${TRL}.beta1`,
      }),
      beta2: field(real(1e-9, 1e6), {
        description:
          'Weight of the log-ratio to the reference in the regression: β₂ log(π / π_ref) of a response should be its ' +
          'score minus the optimal value. Larger values keep the policy closer.',
        symbol: 'β₂',
        source: `${TRL}.beta2`,
        live: { label: 'β₂' },
      }),
      num_value_samples: field(whole(1, 4096), {
        description:
          'Number of responses of the reference from which the optimal value of a prompt is estimated, once in a run.',
        unit: 'responses',
        source: `${TRL}.num_value_samples`,
      }),
      filter_all_incorrect: field(z.boolean(), {
        description: 'Learn nothing from prompts for which all responses of the reference scored 0.',
        source: `${TRL}.filter_all_incorrect`,
      }),
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

/** The optimal value is measured once, in the unit of the scores. */
const inScores = (path: string, what: string): CrossCheck => ({
  fields: [path],
  fault: (value: string) =>
    value === 'none'
      ? null
      : {
          why: `is "${value}", but ${what} is compared with a log-ratio in the unit of the scores`,
          fix: 'Use "none".',
        },
});

const keel = keelGroups(TRL, 1);
const method = allFrom(TRL, { beta1: 0.5, beta2: 1e-3, num_value_samples: 8, filter_all_incorrect: true });
const heading = {
  name: from('Keel: the recipe', 'a2po'),
  seed: from('Keel: the seed of the other methods', 0),
};
const optimizer = { ...keel.optimizer, learning_rate: from('TRL A2POConfig: transformers TrainingArguments', 5e-5) };

const presets: Presets<File> = {
  keel: { ...keel, ...heading, optimizer, method },
  authors: {
    ...keel,
    ...heading,
    optimizer,
    generation: { ...keel.generation, max_new_tokens: from(`${TRL}.max_completion_length`, 256) },
    method: allFrom('Brantley et al. 2025 (arXiv 2505.20686), as TRL gives them', {
      ...{ beta1: 0.5, beta2: 1e-3, num_value_samples: 8, filter_all_incorrect: true },
    }),
  },
};

const OVER_RESPONSES = 'mean over the responses of each minibatch, then mean over the updates of the iteration';

const REGRESSION = plot('regression', 'Log-ratio and its target', 'score', [
  { key: 'implicit_reward', label: 'β₂ log(π / π_ref)' },
  { key: 'advantage', label: 'score - V*', isDashed: true },
]);

/** The descriptor of the recipe. */
export const a2po = describeRecipe({
  name: 'a2po',
  title: 'A*-PO',
  note: "Regress a response's log-ratio to the start on its advantage: a squared loss like APA's, on whole responses and without a critic.",
  order: 75,
  color: { light: '#6a4fb3', dark: '#b29cf0' },
  kind: 'online',
  artifacts: ['policy'],
  data: 'prompts',
  schema,
  presets,
  checks: [
    ...onlineChecks,
    inScores('scaling.scale_reward', 'a score minus the optimal value'),
    inScores('scaling.advantages', 'an advantage'),
  ],
  headline: ['model', 'data.files', 'reward', 'method.beta2', 'updates.total_iterations'],
  // β₂ is in the unit of the scores of whole responses: neither λ nor kl_coef can be converted to it.
  anchor: null,
  metrics: metricGroup('A*-PO', {
    v_star: [
      'score',
      'Optimal value β₁ log mean exp(score / β₁) of the prompts, from responses of the reference',
      'mean over the responses of the iteration',
      'none',
      'TRL',
    ],
    implicit_reward: ['score', 'β₂ (log π_θ - log π_ref) of a response', OVER_RESPONSES, 'up', 'TRL'],
    advantage: ['score', 'Score minus the optimal value of the prompt', OVER_RESPONSES, 'up', 'TRL'],
    'a2po/residual_rms': [
      'score',
      'Root of the mean squared difference of the two',
      'root of the policy loss averaged over the updates',
      'down',
      'Keel',
    ],
    'a2po/filtered_share': [
      'share',
      'Responses to prompts for which all responses of the reference scored 0, from which nothing is learned',
      'over the responses of the iteration',
      'down',
      'Keel',
    ],
    'a2po/beta2': ['1', 'beta2 in effect', 'in the iteration', 'none', 'Keel'],
  }),
  ...onlineLists,
  plots: onlinePlots.flatMap((spec) =>
    spec.id === 'loss'
      ? [plot('loss', 'Loss', 'of the policy', [{ key: 'loss/policy_avg', label: 'policy' }]), REGRESSION]
      : [spec],
  ),
  card: {
    name: 'optimal advantage regression',
    text: 'Squared difference of β₂ log(π / π_ref) of a response from its score minus an optimal value that responses of the reference give.',
    source:
      'Brantley et al. 2025, Accelerating RL for LLM Reasoning with Optimal Advantage Regression, arXiv:2505.20686',
  },
});
