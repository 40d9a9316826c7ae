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
    'Falls, fast at first; single batches jump.',
  ],
  grad_norm: [
    '1',
    'Global gradient norm before clipping',
    'of the update',
    'none',
    'TRL',
    'Of one size; single peaks are cut.',
  ],
  learning_rate: [
    '1',
    'Learning rate of the step',
    'of the update',
    'none',
    'TRL',
    'As configured, or as changed by hand.',
  ],
  mean_token_accuracy: [
    'share',
    'Trained tokens that are the likeliest next token',
    'mean over the trained tokens of the batch',
    'up',
    'TRL',
    'Rises and settles.',
  ],
  accuracy: [
    'share',
    'Pairs whose chosen text scores higher, a tie counting one half',
    BATCH,
    'up',
    'TRL',
    'Rises above a half and settles below 1.',
  ],
  margin: ['score', 'Chosen minus rejected score', BATCH, 'up', 'TRL', 'Rises; held-out flattens first.'],
  min_reward: ['score', 'Lowest score', 'over both texts of each pair of the batch', 'none', 'TRL'],
  mean_reward: [
    'score',
    'Score of a text',
    'mean over both texts of each pair of the batch',
    'none',
    'TRL',
    'Anywhere: only differences between scores mean something.',
  ],
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
