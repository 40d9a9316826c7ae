import { z } from 'zod';
import { field } from '../fields/field.ts';
import { allFrom, from } from '../preset.ts';
import { type CrossCheck, onlineChecks } from '../resolving/cross-checks.ts';
import { authorsOnline, criticPreset, keelOnline } from './online-presets.ts';

/** Fields in the `method` group of recipes that learn from the responses of preference pairs. */
export const givenFields = {
  standardize_rewards: field(z.boolean(), {
    description:
      'Shift and scale the scores by the mean and the deviation of all responses of the training data, which are scored ' +
      'once at the start.',
    source: 'RLHF-APA, offline trainer',
  }),
  refresh_values: field(z.boolean(), {
    description:
      'Estimate advantages with the critic as it is, once per collection. If off, with the critic as it started, for the ' +
      'whole run: its training then has no effect on the policy.',
  }),
};

const only = (path: string, wanted: unknown, fix: string): CrossCheck => ({
  fields: [path],
  fault: (value: unknown) =>
    value === wanted
      ? null
      : { why: `is ${JSON.stringify(value)}, but the responses are those of the data, each once`, fix },
});

const scaledOnce: CrossCheck = {
  fields: ['scaling.scale_reward', 'method.standardize_rewards'],
  fault: (scale: string, isStandardized: boolean) =>
    isStandardized && scale !== 'none'
      ? {
          why: `is "${scale}", and method.standardize_rewards scales the scores, too`,
          fix: 'Use "none", or set method.standardize_rewards to false.',
        }
      : null,
};

/** The checks of recipes that learn from the responses of preference pairs. */
export const givenChecks: readonly CrossCheck[] = [
  ...onlineChecks,
  only('rollouts.num_generations', 1, 'Use 1.'),
  only('rollouts.response_mask', 'explicit', 'Use "explicit".'),
  only('rollouts.pad_token', 'distinct', 'Use "distinct".'),
  only('rollouts.reencode_responses', false, 'Use false.'),
  scaledOnce,
];

const OFFLINE = 'RLHF-APA, offline 125M';
const NOT_USED = 'not used by this recipe: the responses are those of the data';

const layout = allFrom(NOT_USED, {
  num_generations: 1,
  response_mask: 'explicit' as const,
  pad_token: 'distinct' as const,
  reencode_responses: false,
});

/** The values of the `keel` preset. */
export const keelGiven = {
  ...keelOnline,
  ...criticPreset,
  scaling: {
    ...keelOnline.scaling,
    scale_reward: from('RLHF-APA, offline: standardized over the training data instead', 'none' as const),
  },
  rollouts: { ...keelOnline.rollouts, ...layout },
};

const released = authorsOnline({
  ...{ learningRate: 1e-6, maxLength: 1000, clipReward: 1e9 },
  ...{ topK: 50, topKSource: 'top_k left at the default of transformers 4.27' },
});

/** The values of the `authors` preset. */
export const authorsGiven = {
  ...released,
  ...criticPreset,
  scaling: {
    ...released.scaling,
    scale_reward: from(`${OFFLINE}: standardized over the training data instead`, 'none' as const),
    cliprange_reward: from(`${OFFLINE}: not clipped`, 1e9),
  },
  rollouts: {
    ...layout,
    ...allFrom('Keel: 32 updates, as in a collection of HH online; nothing depends on it', {
      num_rollouts: 64,
      chunk_size: 16,
    }),
  },
  updates: {
    ...released.updates,
    total_iterations: from(`${OFFLINE}: 20000 updates, 32 per collection`, 625),
    minibatch_size: from(OFFLINE, 4),
  },
  evaluation: {
    ...released.evaluation,
    interval_iterations: from(`${OFFLINE}: every 500 updates, 32 per collection`, 16),
  },
};

/** The switches of the presets. */
export const keelGivenMethod = {
  standardize_rewards: from('RLHF-APA, offline trainer', true),
  refresh_values: from('Keel: a critic that learns should be asked', true),
};
export const authorsGivenMethod = allFrom(OFFLINE, { standardize_rewards: true, refresh_values: false });
