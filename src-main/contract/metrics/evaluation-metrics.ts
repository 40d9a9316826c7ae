import { metricGroup } from './metric-entry.ts';

const FIXED = 'mean over the fixed held-out prompts';
const WIN = 'share of the fixed prompts, a tie counting one half';
const WILSON = 'Wilson interval, 95 %';
const HELD_OUT = 'mean over the held-out records';

/** Held-out evaluation. */
export const evaluationMetrics = metricGroup('Evaluation', {
  'eval/prompts': ['prompts', 'Fixed held-out prompts that were answered', 'number of prompts', 'none', 'Keel'],
  'eval/reward': [
    'score',
    'Raw score of the reward',
    FIXED,
    'up',
    'Keel',
    'Rises and flattens with the trained reward.',
  ],
  'eval/reward_std': [
    'score',
    'Standard deviation of the raw scores, divisor n - 1',
    'over the fixed held-out prompts',
    'none',
    'Keel',
  ],
  'eval/win_rate': ['share', "Responses that the reward scores above the starting policy's", WIN, 'up', 'Keel'],
  'eval/win_rate_low': ['share', 'Lower end of eval/win_rate', WILSON, 'up', 'Keel'],
  'eval/win_rate_high': ['share', 'Upper end of eval/win_rate', WILSON, 'up', 'Keel'],
  'eval/judge': [
    'score',
    'Score of the independent judge',
    FIXED,
    'up',
    'Keel',
    'Rises with the reward; where it falls while the reward rises, the reward is being gamed.',
  ],
  'eval/judge_std': [
    'score',
    "Standard deviation of the judge's scores, divisor n - 1",
    'over the fixed held-out prompts',
    'none',
    'Keel',
  ],
  'eval/judge_win_rate': ['share', "Responses that the judge scores above the starting policy's", WIN, 'up', 'Keel'],
  'eval/judge_win_rate_low': ['share', 'Lower end of eval/judge_win_rate', WILSON, 'up', 'Keel'],
  'eval/judge_win_rate_high': ['share', 'Upper end of eval/judge_win_rate', WILSON, 'up', 'Keel'],
  'eval/kl_exact': [
    'nats a response',
    'KL(π || π_ref), summed over the vocabulary at each entry',
    'sum over a response, then mean over the fixed prompts',
    'down',
    'Keel',
  ],
  'eval/kl_exact_per_token': [
    'nats a token',
    'KL(π || π_ref), summed over the vocabulary at each entry',
    'mean over all response entries',
    'down',
    'Keel',
  ],
  'eval/entropy_per_token': [
    'nats a token',
    'Entropy of the policy over the vocabulary',
    'mean over all response entries',
    'none',
    'Keel',
    'Falls slowly or even rises; far from a tenth of its start.',
  ],
  'eval/logprob_gap': [
    'nats',
    'Largest |log π of sampling - log π of the training forward|; rounding only when both score alike',
    'maximum over all response entries',
    'down',
    'Keel',
  ],
  'eval/response_length': ['tokens', 'Stored entries of a response', FIXED, 'none', 'Keel'],
  'eval/ended_by_stop': ['share', 'Responses that ended by themselves', FIXED, 'up', 'Keel'],
  'eval/distinct_replies': [
    'share',
    'Different texts among the responses',
    'number of distinct texts over number of responses',
    'up',
    'Keel',
  ],
  'eval/loss': [
    'nats',
    'The training loss on held-out records',
    HELD_OUT,
    'down',
    'TRL',
    'Falls with the training loss; where it turns up, more epochs do harm.',
  ],
  'eval/accuracy': [
    'share',
    'Pairs whose chosen text scores higher, a tie counting one half',
    HELD_OUT,
    'up',
    'TRL',
    'Rises and settles; its interval should not hold a half.',
  ],
  'eval/margin': ['score', 'Chosen minus rejected score', HELD_OUT, 'up', 'TRL'],
  'eval/min_reward': ['score', 'Lowest score of a batch', 'mean over the held-out batches', 'none', 'TRL'],
  'eval/mean_reward': ['score', 'Score of a text, chosen and rejected alike', HELD_OUT, 'none', 'TRL'],
  'eval/max_reward': ['score', 'Highest score of a batch', 'mean over the held-out batches', 'none', 'TRL'],
  'eval/mean_token_accuracy': [
    'share',
    'Trained tokens that are the likeliest next token',
    'mean over the held-out trained tokens',
    'up',
    'TRL',
  ],
});
