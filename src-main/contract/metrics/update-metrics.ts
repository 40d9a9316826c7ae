import { metricGroup } from './metric-entry.ts';

/** How a mean over entries is aggregated over the updates of an iteration. */
export const UPDATES = 'mean over the entries of each minibatch, then mean over the updates of the iteration';
const OVER_UPDATES = 'mean over the updates of the iteration';

/** The updates of an online recipe. */
export const updateMetrics = metricGroup('Updates', {
  'loss/policy_avg': [
    '1',
    "The method's own policy loss",
    UPDATES,
    'none',
    'TRL',
    "Finite and of similar size throughout; at APA's optimum, it stays above 0.",
  ],
  'loss/value_avg': [
    'scaled score²',
    'Value loss: half the (clipped) squared error',
    UPDATES,
    'down',
    'TRL',
    'Falls at first, then follows the spread of the returns.',
  ],
  'loss/total': ['1', 'Policy loss plus vf_coef times value loss', UPDATES, 'none', 'Keel'],
  'optimizer/grad_norm': [
    '1',
    'Global gradient norm before clipping',
    OVER_UPDATES,
    'none',
    'Keel',
    'Stays of similar size; single peaks are clipped.',
  ],
  'optimizer/clip_share': [
    'share',
    'Updates whose gradient was scaled down',
    OVER_UPDATES,
    'none',
    'Keel',
    'Any value below 1; at 1, every step has the same length.',
  ],
  'optimizer/skipped': [
    'updates',
    'Updates skipped because the loss or gradient was not finite',
    'sum over the updates of the iteration',
    'down',
    'Keel',
    'Stays at 0.',
  ],
  lr: ['1', 'Learning rate of the update', 'at the last update of the iteration', 'none', 'TRL'],
});
