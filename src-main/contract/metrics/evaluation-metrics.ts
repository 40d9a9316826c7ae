import { metricGroup } from './metric-entry.ts';

const FIXED = 'mean over the fixed held-out prompts';
const WIN = 'share of the fixed prompts, where a tie counts one half';
const WILSON = '95% Wilson interval';
const HELD_OUT = 'mean over the held-out records';

/** Held-out evaluation. */
export const evaluationMetrics = metricGroup('Evaluation', {
  'eval/prompts': ['prompts', 'Fixed held-out prompts with a response', 'number of prompts', 'none', 'Keel'],
  'eval/reward': [
    'score',
    'Raw reward score',
    FIXED,
    'up',
    'Keel',
    'Rises and levels off together with the training reward.',
  ],
  'eval/reward_std': [
    'score',
    'Standard deviation of the raw scores, with divisor n - 1',
    'over the fixed held-out prompts',
    'none',
    'Keel',
  ],
  'eval/win_rate': ['share', "Responses that the reward scores higher than the starting policy's", WIN, 'up', 'Keel'],
  'eval/win_rate_low': ['share', 'Lower bound of eval/win_rate', WILSON, 'up', 'Keel'],
  'eval/win_rate_high': ['share', 'Upper bound of eval/win_rate', WILSON, 'up', 'Keel'],
  'eval/judge': [
    'score',
    'Score of the independent judge',
    FIXED,
    'up',
    'Keel',
    'Rises with the reward; if it falls while the reward rises, the policy is exploiting the reward.',
  ],
  'eval/judge_std': [
    'score',
    "Standard deviation of the judge's scores, with divisor n - 1",
    'over the fixed held-out prompts',
    'none',
    'Keel',
  ],
  'eval/judge_win_rate': [
    'share',
    "Responses that the judge scores higher than the starting policy's",
    WIN,
    'up',
    'Keel',
  ],
  'eval/judge_win_rate_low': ['share', 'Lower bound of eval/judge_win_rate', WILSON, 'up', 'Keel'],
  'eval/judge_win_rate_high': ['share', 'Upper bound of eval/judge_win_rate', WILSON, 'up', 'Keel'],
  'eval/kl_exact': [
    'nats per response',
    'KL(π || π_ref), summed over the vocabulary at each entry',
    'sum over each response, then mean over the fixed prompts',
    'down',
    'Keel',
  ],
  'eval/kl_exact_per_token': [
    'nats per token',
    'KL(π || π_ref), summed over the vocabulary at each entry',
    'mean over all response entries',
    'down',
    'Keel',
  ],
  'eval/entropy_per_token': [
    'nats per token',
    'Entropy of the policy over the vocabulary',
    'mean over all response entries',
    'none',
    'Keel',
    'Falls slowly, or even rises, and stays far above a tenth of its initial value.',
  ],
  'eval/logprob_gap': [
    'nats',
    'Largest |log π of sampling - log π of the training forward pass|; only rounding error if both score alike',
    'maximum over all response entries',
    'down',
    'Keel',
  ],
  'eval/response_length': ['tokens', 'Number of stored entries of a response', FIXED, 'none', 'Keel'],
  'eval/ended_by_stop': ['share', 'Responses that ended with a stop', FIXED, 'up', 'Keel'],
  'eval/distinct_replies': [
    'share',
    'Distinct texts among the responses',
    'number of distinct texts divided by number of responses',
    'up',
    'Keel',
  ],
  'eval/loss': [
    'nats',
    'The training loss on held-out records',
    HELD_OUT,
    'down',
    'TRL',
    'Falls with the training loss; once it rises again, more epochs do harm.',
  ],
  'eval/accuracy': [
    'share',
    'Pairs whose chosen text scores higher; a tie counts one half',
    HELD_OUT,
    'up',
    'TRL',
    'Rises and levels off; its interval should not include 0.5.',
  ],
  'eval/margin': ['score', 'Score of the chosen text minus score of the rejected one', HELD_OUT, 'up', 'TRL'],
  'eval/min_reward': ['score', 'Lowest score in a batch', 'mean over the held-out batches', 'none', 'TRL'],
  'eval/mean_reward': ['score', 'Score of a text, whether chosen or rejected', HELD_OUT, 'none', 'TRL'],
  'eval/max_reward': ['score', 'Highest score in a batch', 'mean over the held-out batches', 'none', 'TRL'],
  'eval/mean_token_accuracy': [
    'share',
    'Trained tokens that are the most likely next token',
    'mean over the held-out trained tokens',
    'up',
    'TRL',
  ],
});
