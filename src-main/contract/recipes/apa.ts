import { z } from 'zod';
import { group } from '../config/fields/field.ts';
import { apaLambda } from '../config/groups/anchor-fields.ts';
import { headingFields } from '../config/groups/heading.ts';
import { criticFields, methodFields, onlineFields } from '../config/groups/online.ts';
import { authorsOnline, criticPreset, keelOnline } from '../config/groups/online-presets.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { UPDATES } from '../metrics/update-metrics.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { onlineLists, onlinePlots } from '../recipe-parts/online-plots.ts';
import type { PlotSpec, PlotVariant } from '../recipe-parts/plot-spec.ts';

/** Advantage-Induced Policy Alignment: the config file of `recipe: apa`. Docs: docs/algorithms/apa.md. */
const schema = z.strictObject({
  ...headingFields('apa'),
  ...onlineFields,
  ...criticFields,
  method: group(
    {
      ...apaLambda,
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
    name: from('Keel: the recipe', 'apa'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      apa_lambda: from('docs/algorithms/apa.md: normalized targets need std(A) / λ below about 1', 1),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 1e-6, maxLength: 1000, clipReward: 100, topK: 50, topKSource: TOP_K }),
    ...criticPreset,
    name: from('Keel: the recipe', 'apa'),
    seed: from('RLHF-APA: seed 0', 0),
    method: {
      apa_lambda: from('RLHF-APA, HH: adv_coeff_sq 10 = 1/λ', 0.1),
      ...allFrom('RLHF-APA, HH', { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};

/** What the theory says of the plateau: the residual of every action equals the KL of its state. */
const FIXED_POINT: readonly PlotVariant[] = [
  {
    label: 'way',
    unit: 'share of the way to the fixed point',
    shortUnit: 'share',
    lines: [{ key: 'apa/fixed_point_reached', label: 'reached' }],
  },
  {
    label: 'residual',
    unit: 'nats per token',
    shortUnit: 'nats',
    lines: [
      { key: 'apa/residual_mean', label: 'mean residual' },
      { key: 'objective/kl_per_token', label: 'KL, k1' },
      { key: 'eval/kl_exact_per_token', label: 'KL, exact', isDashed: true },
      { key: 'apa/residual_rms', label: 'rms residual', side: 'right' },
    ],
  },
  {
    label: 'target',
    unit: 'nats per token left, share right',
    shortUnit: 'nats',
    lines: [
      { key: 'apa/target_mean', label: 'mean target' },
      { key: 'apa/unreachable_share', label: 'unreachable', side: 'right' },
    ],
  },
];

const plots = onlinePlots.map((spec): PlotSpec => {
  if (spec.id !== 'loss') return spec;
  const losses = spec.variants.map((variant) => ({ ...variant, label: 'losses', shortUnit: '' }));
  return { ...spec, variants: [...losses, ...FIXED_POINT] };
});

/** The descriptor of the recipe. */
export const apa = describeRecipe({
  name: 'apa',
  title: 'APA',
  note: 'Align a policy with a reward through a squared error around its start: stable, with a single setting, λ.',
  order: 30,
  color: { light: '#0072b2', dark: '#5aaee8' },
  kind: 'online',
  artifacts: ['policy', 'critic'],
  data: 'prompts',
  schema,
  presets,
  checks: onlineChecks,
  headline: ['model', 'data.files', 'reward', 'method.apa_lambda', 'updates.total_iterations'],
  anchor: { path: 'method.apa_lambda', unit: 'scaled_advantage' },
  metrics: metricGroup('APA', {
    'apa/residual_mean': [
      'nats per token',
      'log π_θ minus its target log π_init + A/λ; near the optimum, positive and about the KL of a state',
      UPDATES,
      'none',
      'Keel',
      'Near the KL per token, and positive at the optimum.',
    ],
    'apa/residual_rms': [
      'nats per token',
      'Root of the mean squared residual',
      'root of the policy loss averaged over the updates',
      'down',
      'Keel',
    ],
    'apa/unreachable_share': [
      'share',
      'Targets above log 1, which no policy can reach; above 0.2, λ is small for these advantages',
      UPDATES,
      'down',
      'Keel',
      'Steady; high for a model that is confident about most of its tokens, regardless of λ.',
    ],
    'apa/target_mean': [
      'nats per token',
      'Target log π_init + A/λ of the sampled tokens, before the updates',
      'mean over the stored entries of the collection',
      'none',
      'Keel',
      'Below 0; a target above 0 cannot be reached.',
    ],
    'apa/fixed_point_reached': [
      'share',
      'How far the policy has come from its start (0) to the fixed point of these advantages (1)',
      'Σ ℓ² / Σ ℓ a over the stored entries, ℓ = log π - log π_init and a = A/λ without their means; 0 where ℓ is; no value where it is not and Σ ℓ a ≤ 0',
      'none',
      'Keel',
      'Rises from 0; near 1 at the fixed point, above 1 the policy has gone beyond it.',
    ],
    'apa/lambda': ['1', 'apa_lambda in effect', 'in the iteration', 'none', 'Keel'],
  }),
  ...onlineLists,
  plots,
  card: {
    name: 'advantage-induced policy alignment',
    text: 'Squared distance of log π from log π_init + A / λ, with advantages computed by GAE from a separate critic.',
    source: 'Zhu et al. 2023, Fine-Tuning Language Models with Advantage-Induced Policy Alignment, arXiv:2306.02231',
  },
});
