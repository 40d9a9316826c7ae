import { z } from 'zod';
import { field, group, real, whole } from '../config/fields/field.ts';
import { headingFields } from '../config/groups/heading.ts';
import { criticFields, methodFields, onlineFields } from '../config/groups/online.ts';
import { authorsOnline, criticPreset, keelOnline } from '../config/groups/online-presets.ts';
import { allFrom, from, type Presets } from '../config/preset.ts';
import { onlineChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { UPDATES } from '../metrics/update-metrics.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { onlineLists, onlinePlots } from '../recipe-parts/online-plots.ts';

/** Proximal policy optimization with a KL reward: the config file of `recipe: ppo`. Docs: docs/algorithms/ppo.md. */
const schema = z.strictObject({
  ...headingFields('ppo'),
  ...onlineFields,
  ...criticFields,
  method: group(
    {
      cliprange: field(real(1e-6, 1e6), {
        description: 'The probability ratio is clipped to 1 ± this value. A smaller value limits each update more.',
        symbol: 'ε',
      }),
      cliprange_value: field(real(1e-6, 1e9), {
        description: 'New value predictions are clipped to the old ones ± this value.',
        symbol: 'ε_v',
      }),
      kl_coef: field(real(0, 1e6), {
        description: 'Weight of the KL to the reference in the reward; an adaptive controller starts from it.',
        symbol: 'β',
        live: {
          label: 'kl_coef',
          onlyWhen: {
            path: 'method.kl_controller',
            equals: 'fixed',
            otherwise: 'The adaptive controller sets it from target_kl, so a value that you set would not be used.',
          },
        },
      }),
      kl_controller: field(z.enum(['fixed', 'adaptive']), {
        description: 'Whether `kl_coef` stays fixed or is adapted to reach `target_kl`.',
      }),
      target_kl: field(real(1e-9, 1e9), { description: 'KL that the adaptive controller aims for.', unit: 'nats' }),
      kl_horizon: field(whole(1, 1_000_000_000), {
        description: 'How slowly the adaptive controller reacts; larger is slower.',
        unit: 'responses',
      }),
      kl_estimator: field(z.enum(['k1', 'k2', 'k3']), { description: 'Estimator of the per-token KL in the reward.' }),
      ...methodFields,
    },
    'Settings of the method.',
  ),
});
type File = z.infer<typeof schema>;

const TRL = 'TRL PPOConfig';
const HH = 'RLHF-APA, HH';

const presets: Presets<File> = {
  keel: {
    ...keelOnline,
    ...criticPreset,
    name: from('Keel: the recipe', 'ppo'),
    seed: from('Keel: the seed of the other methods', 0),
    scaling: {
      ...keelOnline.scaling,
      advantages: from(`${TRL}: masked whitening once per batch`, 'whiten_masked'),
    },
    method: {
      ...allFrom(TRL, { cliprange: 0.2, cliprange_value: 0.2, kl_coef: 0.05, kl_estimator: 'k1' as const }),
      kl_controller: from(`${TRL}: fixed`, 'fixed'),
      ...allFrom('not used by a fixed controller; Ziegler et al. 2019', { target_kl: 6, kl_horizon: 10_000 }),
      ...allFrom(TRL, { gamma: 1, lam: 0.95 }),
      vf_coef: from(`${HH}: 1; the critic is separate`, 1),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 8e-6, maxLength: 1024, clipReward: 10, topK: 0, topKSource: 'top_k 0' }),
    ...criticPreset,
    name: from('Keel: the recipe', 'ppo'),
    seed: from('RLHF-APA: seed 100 for PPO on HH', 100),
    method: {
      ...allFrom(HH, { cliprange: 0.2, cliprange_value: 0.2, kl_coef: 0.05, kl_estimator: 'k1' as const }),
      ...allFrom(HH, { kl_controller: 'adaptive' as const, target_kl: 6, kl_horizon: 10_000 }),
      ...allFrom(HH, { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};

/** The descriptor of the recipe. */
export const ppo = describeRecipe({
  name: 'ppo',
  title: 'PPO',
  note: 'The classic method: clipped policy gradients with a KL penalty against the starting policy.',
  order: 40,
  color: { light: '#d55e00', dark: '#f08a4b' },
  kind: 'online',
  artifacts: ['policy', 'critic'],
  data: 'prompts',
  schema,
  presets,
  checks: onlineChecks,
  headline: ['model', 'data.files', 'reward', 'method.kl_coef', 'updates.total_iterations'],
  anchor: { path: 'method.kl_coef', unit: 'scaled_score' },
  metrics: metricGroup('PPO', {
    'policy/approxkl_avg': [
      'nats per token',
      'Half the mean squared log-ratio between the policy and the rollout policy',
      UPDATES,
      'none',
      'TRL',
    ],
    'policy/approxkl_k3': [
      'nats per token',
      'KL(π_old || π_θ), estimated by k3, the mean of ρ - 1 - log ρ',
      UPDATES,
      'none',
      'Keel',
    ],
    'policy/clipfrac_avg': [
      'share',
      'Entries where the clipped objective applies',
      UPDATES,
      'none',
      'TRL',
      'Below 0.3.',
    ],
    'val/clipfrac_avg': ['share', 'Entries where the clipped value applies', UPDATES, 'none', 'TRL'],
    'val/ratio': [
      '1',
      'Probability ratio ρ of the policy to the rollout policy; a difference from 1 of more than 0.1 is a bad sign',
      UPDATES,
      'none',
      'TRL',
      'Near 1.',
    ],
    'val/ratio_var': [
      '1',
      'Variance of the mean ratio between updates, with divisor n - 1',
      'over the updates of the iteration',
      'none',
      'TRL',
    ],
    'ppo/kl_coef': ['1', 'kl_coef in effect', 'in the iteration', 'none', 'Keel'],
  }),
  ...onlineLists,
  plots: onlinePlots,
  card: {
    name: 'proximal policy optimization',
    text: 'Clipped policy ratio with a penalty on the KL divergence from the starting policy.',
    source: 'Schulman et al. 2017, Proximal Policy Optimization Algorithms, arXiv:1707.06347',
  },
});
