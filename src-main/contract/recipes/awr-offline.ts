import { z } from 'zod';
import { group } from '../config/fields/field.ts';
import { awrWeights } from '../config/groups/anchor-fields.ts';
import {
  authorsGiven,
  authorsGivenMethod,
  givenChecks,
  givenFields,
  keelGiven,
  keelGivenMethod,
} from '../config/groups/given-responses.ts';
import { headingFields } from '../config/groups/heading.ts';
import { criticFields, methodFields, onlineFields } from '../config/groups/online.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { givenLists, givenPlots } from '../recipe-parts/given-plots.ts';
import { awr } from './awr.ts';

/** AWR on preference data: the config file of `recipe: awr-offline`. Docs: docs/algorithms/awr-offline.md. */
const schema = z.strictObject({
  ...headingFields('awr-offline'),
  ...onlineFields,
  ...criticFields,
  method: group({ ...awrWeights, ...methodFields, ...givenFields }, 'Settings of the method.'),
});
type File = z.infer<typeof schema>;

const SEED = 'RLHF-APA, offline: seed 1000; Keel counts from 0';
const gae = allFrom('RLHF-APA, offline', { gamma: 1, lam: 0.95, vf_coef: 1 });

const presets: Presets<File> = {
  keel: {
    ...keelGiven,
    name: from('Keel: the recipe', 'awr-offline'),
    seed: from(SEED, 0),
    method: {
      awr_lambda: from('Peng et al. 2019: temperature 1; same λ as APA', 1),
      weight_max: from('Peng et al. 2019, appendix: weights clipped at 20', 20),
      ...gae,
      ...keelGivenMethod,
    },
  },
  authors: {
    ...authorsGiven,
    name: from('Keel: the recipe', 'awr-offline'),
    seed: from('RLHF-APA, offline', 1000),
    method: {
      awr_lambda: from('RLHF-APA, offline: adv_coeff_log 1 = 1/λ', 1),
      weight_max: from('RLHF-APA: no cap', null),
      ...gae,
      ...authorsGivenMethod,
    },
  },
};

/** The descriptor of the recipe. */
export const awrOffline = describeRecipe({
  name: 'awr-offline',
  title: 'AWR offline',
  note: 'AWR on preference data: imitate the responses of the pairs, weighted by the exponential of their advantage.',
  order: 55,
  color: { light: '#4d7a1f', dark: '#a3cc6a' },
  kind: 'online',
  artifacts: ['policy', 'critic'],
  data: 'comparisons',
  schema,
  presets,
  checks: givenChecks,
  headline: ['model', 'data.files', 'reward', 'method.awr_lambda', 'updates.total_iterations'],
  anchor: { path: 'method.awr_lambda', unit: 'scaled_advantage' },
  metrics: awr.metrics,
  ...givenLists,
  plots: givenPlots,
  card: {
    name: 'offline advantage-weighted regression',
    text: 'Log-likelihood of the responses of preference pairs, weighted by exp(A / λ).',
    source: 'Peng et al. 2019, Advantage-Weighted Regression, arXiv:1910.00177',
  },
});
