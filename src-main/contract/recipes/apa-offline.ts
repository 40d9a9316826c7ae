import { z } from 'zod';
import { group } from '../config/fields/field.ts';
import { apaLambda } from '../config/groups/anchor-fields.ts';
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
import { apa } from './apa.ts';

/** APA on preference data: the config file of `recipe: apa-offline`. Docs: docs/algorithms/apa-offline.md. */
const schema = z.strictObject({
  ...headingFields('apa-offline'),
  ...onlineFields,
  ...criticFields,
  method: group({ ...apaLambda, ...methodFields, ...givenFields }, 'Settings of the method.'),
});
type File = z.infer<typeof schema>;

const SEED = 'RLHF-APA, offline: seed 1000; Keel counts from 0';
const gae = allFrom('RLHF-APA, offline', { gamma: 1, lam: 0.95, vf_coef: 1 });

const presets: Presets<File> = {
  keel: {
    ...keelGiven,
    name: from('Keel: the recipe', 'apa-offline'),
    seed: from(SEED, 0),
    method: {
      apa_lambda: from('docs/algorithms/apa.md: normalized targets need std(A) / λ below about 1', 1),
      ...gae,
      ...keelGivenMethod,
    },
  },
  authors: {
    ...authorsGiven,
    name: from('Keel: the recipe', 'apa-offline'),
    seed: from('RLHF-APA, offline', 1000),
    method: { apa_lambda: from('RLHF-APA, offline: adv_coeff_sq 1 = 1/λ', 1), ...gae, ...authorsGivenMethod },
  },
};

/** The descriptor of the recipe. */
export const apaOffline = describeRecipe({
  name: 'apa-offline',
  title: 'APA offline',
  note: 'APA on preference data: a reward scores both responses of each pair, and nothing is sampled for training.',
  order: 35,
  color: { light: '#3a5fb0', dark: '#8fb0f0' },
  kind: 'online',
  artifacts: ['policy', 'critic'],
  data: 'comparisons',
  schema,
  presets,
  checks: givenChecks,
  headline: ['model', 'data.files', 'reward', 'method.apa_lambda', 'updates.total_iterations'],
  anchor: { path: 'method.apa_lambda', unit: 'scaled_advantage' },
  metrics: apa.metrics,
  ...givenLists,
  plots: givenPlots,
  card: {
    name: 'offline advantage-induced policy alignment',
    text: 'Squared distance of log π from log π_init + A / λ on the responses of preference pairs, scored by the reward.',
    source: 'Zhu et al. 2023, Fine-Tuning Language Models with Advantage-Induced Policy Alignment, arXiv:2306.02231',
  },
});
