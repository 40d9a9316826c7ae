import { metricGroup } from './metric-entry.ts';

const BATCH = 'mean over the batch of the update';

/** SFT and reward modeling; one step is one update. */
export const supervisedMetrics = metricGroup('Supervised training', {
  loss: [
    'nats',
    'Cross-entropy of the trained tokens (sft), or the pairwise loss (reward-model)',
    BATCH,
    'down',
    'TRL',
  ],
  grad_norm: ['1', 'Global gradient norm before clipping', 'of the update', 'none', 'TRL'],
  learning_rate: ['1', 'Learning rate of the step', 'of the update', 'none', 'TRL'],
  mean_token_accuracy: [
    'share',
    'Trained tokens that are the likeliest next token',
    'mean over the trained tokens of the batch',
    'up',
    'TRL',
  ],
  accuracy: ['share', 'Pairs whose chosen text scores higher, a tie counting one half', BATCH, 'up', 'TRL'],
  margin: ['score', 'Chosen minus rejected score', BATCH, 'up', 'TRL'],
  min_reward: ['score', 'Lowest score', 'over both texts of each pair of the batch', 'none', 'TRL'],
  mean_reward: ['score', 'Score of a text', 'mean over both texts of each pair of the batch', 'none', 'TRL'],
  max_reward: ['score', 'Highest score', 'over both texts of each pair of the batch', 'none', 'TRL'],
  'training/clipped': ['0 or 1', '1 when the gradient was scaled down', 'of the update', 'none', 'Keel'],
  'training/skipped': [
    '0 or 1',
    '1 when the update was left out because loss or gradient was not finite',
    'of the update',
    'down',
    'Keel',
  ],
});
