import { z } from 'zod';
import { field, group, real } from '../config/fields/field.ts';
import { clippingFields, severalGenerations } from '../config/groups/group-fields.ts';
import { keelGroups } from '../config/groups/group-presets.ts';
import { headingFields } from '../config/groups/heading.ts';
import { onlineFields } from '../config/groups/online.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { groupMetrics, groupPlots } from '../recipe-parts/group-metrics.ts';
import { onlineLists } from '../recipe-parts/online-plots.ts';

const TRL = 'TRL RLOOConfig';

/** REINFORCE with a leave-one-out baseline: the config file of `recipe: rloo`. Docs: docs/algorithms/rloo.md. */
const schema = z.strictObject({
  ...headingFields('rloo'),
  ...onlineFields,
  method: group(
    {
      beta: field(real(0, 1e6), {
        description: 'Weight of the KL to the reference in the reward of a response.',
        symbol: 'β',
        source: `${TRL}.beta`,
        live: { label: 'β' },
      }),
      normalize_advantages: field(z.boolean(), {
        description: 'Shift and scale the advantages of a collection to mean 0 and deviation 1.',
        source: `${TRL}.normalize_advantages`,
      }),
      ...clippingFields(TRL),
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

const AHMADIAN = 'Ahmadian et al. 2024 (arXiv 2402.14740)';

const keel = keelGroups(TRL, 2);
const trlMethod = allFrom(TRL, {
  beta: 0.05,
  normalize_advantages: false,
  epsilon: 0.2,
  epsilon_high: null,
  mask_truncated_completions: false,
});

const presets: Presets<File> = {
  keel: {
    ...keel,
    name: from('Keel: the recipe', 'rloo'),
    seed: from('Keel: the seed of the other methods', 0),
    method: trlMethod,
  },
  authors: {
    ...keel,
    name: from('Keel: the recipe', 'rloo'),
    seed: from('Keel: the seed of the other methods', 0),
    rollouts: { ...keel.rollouts, ...allFrom(AHMADIAN, { num_rollouts: 512, num_generations: 4 }) },
    updates: { ...keel.updates, minibatch_size: from(`${AHMADIAN}: step batch size`, 256) },
    method: {
      ...trlMethod,
      beta: from(`${AHMADIAN}: 0.03 for TL;DR`, 0.03),
      ...allFrom(`${AHMADIAN}: REINFORCE, nothing is clipped`, { epsilon: 1e6, epsilon_high: 1e6 }),
    },
  },
};

/** The descriptor of the recipe. */
export const rloo = describeRecipe({
  name: 'rloo',
  title: 'RLOO',
  note: 'REINFORCE with the other responses to the prompt as the baseline: the simplest method, without a critic.',
  order: 70,
  color: { light: '#b0406f', dark: '#e885ac' },
  kind: 'online',
  artifacts: ['policy'],
  data: 'prompts',
  schema,
  presets,
  checks: [...onlineChecks, severalGenerations],
  headline: ['model', 'data.files', 'reward', 'method.beta', 'rollouts.num_generations', 'updates.total_iterations'],
  // β is neither λ nor kl_coef: a run with several responses per prompt is not repeated with the methods that have those.
  anchor: null,
  metrics: {
    ...groupMetrics,
    ...metricGroup('RLOO', {
      'rloo/beta': ['1', 'beta in effect', 'in the iteration', 'none', 'Keel'],
    }),
  },
  ...onlineLists,
  plots: groupPlots,
  card: {
    name: 'REINFORCE leave-one-out',
    text: 'Policy gradient on whole responses, with the mean score of the other responses to the prompt as the baseline.',
    source:
      'Ahmadian et al. 2024, Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback ' +
      'in LLMs, arXiv:2402.14740',
  },
});
