import { z } from 'zod';
import { group } from '../config/fields/field.ts';
import { awrWeights } from '../config/groups/anchor-fields.ts';
import { headingFields } from '../config/groups/heading.ts';
import { criticFields, methodFields, onlineFields } from '../config/groups/online.ts';
import { authorsOnline, criticPreset, keelOnline } from '../config/groups/online-presets.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { UPDATES } from '../metrics/update-metrics.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { onlineLists, onlinePlots } from '../recipe-parts/online-plots.ts';

/** Advantage-weighted regression: the config file of `recipe: awr`. Docs: docs/algorithms/awr.md. */
const schema = z.strictObject({
  ...headingFields('awr'),
  ...onlineFields,
  ...criticFields,
  method: group(
    {
      ...awrWeights,
      ...methodFields,
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

const TOP_K = 'top_k left at the default of transformers 4.27';

const presets: Presets<File> = {
  keel: {
    ...keelOnline,
    ...criticPreset,
    name: from('Keel: the recipe', 'awr'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      awr_lambda: from('Peng et al. 2019: temperature 1; same λ as APA', 1),
      weight_max: from('Peng et al. 2019, appendix: weights clipped at 20', 20),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 1e-6, maxLength: 1000, clipReward: 100, topK: 50, topKSource: TOP_K }),
    ...criticPreset,
    name: from('Keel: the recipe', 'awr'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      awr_lambda: from('RLHF-APA, HH: adv_coeff_log 0.5 = 1/λ', 2),
      weight_max: from('RLHF-APA: no cap', null),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};

/** The descriptor of the recipe. */
export const awr = describeRecipe({
  name: 'awr',
  title: 'AWR',
  note: 'Repeat what went well: imitate responses, weighted by the exponential of their advantage.',
  order: 50,
  color: { light: '#007a5a', dark: '#3fc79f' },
  kind: 'online',
  artifacts: ['policy', 'critic'],
  data: 'prompts',
  schema,
  presets,
  checks: onlineChecks,
  headline: ['model', 'data.files', 'reward', 'method.awr_lambda', 'updates.total_iterations'],
  anchor: { path: 'method.awr_lambda', unit: 'scaled_advantage' },
  metrics: metricGroup('AWR', {
    'awr/ess_share': [
      'share',
      'Effective sample size divided by n, (Σ w)² / (n Σ w²); below 0.05, a few tokens dominate',
      'over the entries of each minibatch, then mean over the updates',
      'up',
      'Keel',
      'Above 0.05.',
    ],
    'awr/weight_mean': ['1', 'Weight min(exp(A/λ), weight_max)', UPDATES, 'none', 'Keel'],
    'awr/weight_max': ['1', 'Largest weight', 'maximum over the updates of the iteration', 'down', 'Keel'],
    'awr/lambda': ['1', 'awr_lambda in effect', 'in the iteration', 'none', 'Keel'],
  }),
  ...onlineLists,
  plots: onlinePlots,
  card: {
    name: 'advantage-weighted regression',
    text: 'Log-likelihood of sampled responses, weighted by exp(A / λ).',
    source: 'Peng et al. 2019, Advantage-Weighted Regression, arXiv:1910.00177',
  },
});
