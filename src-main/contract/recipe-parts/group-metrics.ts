import { metricGroup } from '../metrics/metric-entry.ts';
import { UPDATES } from '../metrics/update-metrics.ts';
import { onlinePlots } from './online-plots.ts';
import { type PlotSpec, plot } from './plot-spec.ts';

const OVER_UPDATES = 'mean over the updates of the iteration';
const TERMINATED = 'over the responses that ended with a stop; NaN if there are none';

/** Metrics of the methods that compare several responses to one prompt, with TRL's keys and meanings. */
export const groupMetrics = metricGroup('Groups of responses', {
  reward: ['score', 'Raw reward score of the groups', 'mean over the responses of the iteration', 'up', 'TRL'],
  reward_std: [
    'score',
    'Standard deviation of the scores of all responses, with divisor n - 1',
    'over the responses of the iteration',
    'none',
    'TRL',
  ],
  frac_reward_zero_std: [
    'share',
    'Groups whose responses all have the same score, from which nothing is learned',
    'over the groups of the iteration',
    'down',
    'TRL',
    'Below 1; near 1, the prompts are too easy or too hard.',
  ],
  'completions/min_terminated_length': ['tokens', 'Shortest response that ended by itself', TERMINATED, 'none', 'TRL'],
  'completions/max_terminated_length': ['tokens', 'Longest response that ended by itself', TERMINATED, 'none', 'TRL'],
  entropy: [
    'nats per token',
    'Entropy of the updated policy over the vocabulary',
    UPDATES,
    'none',
    'TRL',
    'Falls slowly; near 0, all responses to a prompt are alike.',
  ],
  kl: [
    'nats per token',
    'KL to the reference as the method uses it: k3 in the loss (grpo, there weighted by ρ if so configured), k1 in the ' +
      'reward (rloo); only with β > 0',
    'mean over the entries that are learned from',
    'down',
    'TRL',
  ],
  'clip_ratio/low_mean': ['share', 'Ratios below 1 - ε of negative advantages', UPDATES, 'none', 'TRL'],
  'clip_ratio/low_min': [
    'share',
    'Smallest share of a response that is clipped below',
    `over the responses of a minibatch, then ${OVER_UPDATES}`,
    'none',
    'TRL',
  ],
  'clip_ratio/high_mean': ['share', 'Ratios above 1 + ε of positive advantages', UPDATES, 'none', 'TRL'],
  'clip_ratio/high_max': [
    'share',
    'Largest share of a response that is clipped above',
    `over the responses of a minibatch, then ${OVER_UPDATES}`,
    'none',
    'TRL',
  ],
  'clip_ratio/region_mean': [
    'share',
    'Ratios that are clipped on either side',
    UPDATES,
    'none',
    'TRL',
    '0 with one update per collection, otherwise below 0.3.',
  ],
});

const LOSS = plot('loss', 'Loss', 'of the policy', [{ key: 'loss/policy_avg', label: 'policy' }]);
const GROUPS = plot('groups', 'Groups without a signal', 'share', [
  { key: 'frac_reward_zero_std', label: 'all scores equal' },
]);
const CLIPPED = plot('clipped', 'Clipped ratios', 'share', [
  { key: 'clip_ratio/region_mean', label: 'either side' },
  { key: 'clip_ratio/high_mean', label: 'above', isDashed: true },
]);

/** The plots of a method without a critic that compares responses to one prompt. */
export const groupPlots: readonly PlotSpec[] = onlinePlots.flatMap((spec) =>
  spec.id === 'loss' ? [LOSS, GROUPS, CLIPPED] : [spec],
);
