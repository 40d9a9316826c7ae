import { z } from 'zod';
import { field, group, real, whole } from './field.ts';
import { headingFields } from './heading.ts';
import { methodFields, onlineFields } from './online.ts';
import { authorsOnline, keelOnline } from './online-presets.ts';
import { allFrom, from, type Presets } from './preset.ts';

/** Proximal policy optimization with a KL reward: the config file of `recipe: ppo`. Docs: docs/algorithms/ppo.md. */
export const ppoSchema = z.strictObject({
  ...headingFields('ppo'),
  ...onlineFields,
  method: group(
    {
      cliprange: field(real(1e-6, 1e6), { description: 'The probability ratio is clipped to 1 ± this.', symbol: 'ε' }),
      cliprange_value: field(real(1e-6, 1e9), {
        description: 'New values are clipped to the old ± this.',
        symbol: 'ε_v',
      }),
      kl_coef: field(real(0, 1e6), {
        description: 'Weight of the KL against the reference in the reward; where an adaptive controller starts.',
        symbol: 'β',
        live: {
          label: 'kl_coef',
          onlyWhen: {
            path: 'method.kl_controller',
            equals: 'fixed',
            otherwise: 'The adaptive controller sets it from target_kl, so a value set by hand would not be used.',
          },
        },
      }),
      kl_controller: field(z.enum(['fixed', 'adaptive']), { description: 'Whether `kl_coef` follows `target_kl`.' }),
      target_kl: field(real(1e-9, 1e9), { description: 'KL that the adaptive controller steers to.', unit: 'nats' }),
      kl_horizon: field(whole(1, 1_000_000_000), {
        description: 'How slowly the adaptive controller turns.',
        unit: 'responses',
      }),
      kl_estimator: field(z.enum(['k1', 'k2', 'k3']), { description: 'KL of one sampled token in the reward.' }),
      ...methodFields,
    },
    'The method itself.',
  ),
});
export type PpoFile = z.infer<typeof ppoSchema>;

const TRL = 'TRL PPOConfig';
const HH = 'RLHF-APA, HH';

export const ppoPresets: Presets<PpoFile> = {
  keel: {
    ...keelOnline,
    name: from('Keel: the recipe', 'ppo'),
    seed: from('Keel: the seed of the other methods', 0),
    scaling: {
      ...keelOnline.scaling,
      advantages: from(`${TRL}: masked whitening once a batch`, 'whiten_masked'),
    },
    method: {
      ...allFrom(TRL, { cliprange: 0.2, cliprange_value: 0.2, kl_coef: 0.05, kl_estimator: 'k1' as const }),
      kl_controller: from(`${TRL}: fixed`, 'fixed'),
      ...allFrom('unused by a fixed controller; Ziegler et al. 2019', { target_kl: 6, kl_horizon: 10_000 }),
      ...allFrom(TRL, { gamma: 1, lam: 0.95 }),
      vf_coef: from(`${HH}: 1; the critic is separate`, 1),
    },
  },
  authors: {
    ...authorsOnline({ learningRate: 8e-6, maxLength: 1024, clipReward: 10, topK: 0, topKSource: 'top_k 0' }),
    name: from('Keel: the recipe', 'ppo'),
    seed: from('RLHF-APA: seed 100 for PPO on HH', 100),
    method: {
      ...allFrom(HH, { cliprange: 0.2, cliprange_value: 0.2, kl_coef: 0.05, kl_estimator: 'k1' as const }),
      ...allFrom(HH, { kl_controller: 'adaptive' as const, target_kl: 6, kl_horizon: 10_000 }),
      ...allFrom(HH, { gamma: 1, lam: 0.95, vf_coef: 1 }),
    },
  },
};
