import { metricGroup } from './metric-entry.ts';

const BATCH = 'mean over the batch of the update';

/** SFT and reward modeling; one step is one update. */
export const supervisedMetrics = metricGroup('Supervised training', {
  loss: [
    'nats',
    'Cross-entropy of the trained tokens (sft) or pairwise loss (reward-model)',
    BATCH,
    'down',
    'TRL',
    'Falls, quickly at first; single batches can jump.',
  ],
  grad_norm: [
    '1',
    'Global gradient norm before clipping',
    'of the update',
    'none',
    'TRL',
    'Stays of similar size; single peaks are clipped.',
  ],
  learning_rate: [
    '1',
    'Learning rate of the step',
    'of the update',
    'none',
    'TRL',
    'As configured, or as changed during the run.',
  ],
  mean_token_accuracy: [
    'share',
    'Trained tokens that are the most likely next token',
    'mean over the trained tokens of the batch',
    'up',
    'TRL',
    'Rises and levels off.',
  ],
  accuracy: [
    'share',
    'Pairs whose chosen text scores higher; a tie counts one half',
    BATCH,
    'up',
    'TRL',
    'Rises above 0.5 and levels off below 1.',
  ],
  margin: [
    'score',
    'Score of the chosen text minus score of the rejected one',
    BATCH,
    'up',
    'TRL',
    'Rises; the held-out margin levels off first.',
  ],
  min_reward: ['score', 'Lowest score', 'over both texts of each pair of the batch', 'none', 'TRL'],
  mean_reward: [
    'score',
    'Score of a text',
    'mean over both texts of each pair of the batch',
    'none',
    'TRL',
    'Any value: only differences between scores are meaningful.',
  ],
  max_reward: ['score', 'Highest score', 'over both texts of each pair of the batch', 'none', 'TRL'],
  'training/clipped': ['0 or 1', '1 if the gradient was scaled down', 'of the update', 'none', 'Keel'],
  'training/skipped': [
    '0 or 1',
    '1 if the update was skipped because the loss or gradient was not finite',
    'of the update',
    'down',
    'Keel',
  ],
});
