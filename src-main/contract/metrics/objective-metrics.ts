import { metricGroup } from './metric-entry.ts';

const RESPONSES = 'mean over the responses of the iteration';
const PER_RESPONSE = 'sum over each response, then mean over responses';
const PER_TOKEN = 'mean over all response entries of the iteration';

/** What the policy is trained for, and how far it has moved to get it. */
export const objectiveMetrics = metricGroup('Objective', {
  'objective/scores': [
    'score',
    'Raw reward score',
    RESPONSES,
    'up',
    'TRL',
    'Rises and levels off; the held-out reward stays slightly below, and the judge rises with both.',
  ],
  'objective/scores_std': [
    'score',
    'Standard deviation of the raw scores, with divisor n - 1',
    'over the responses of the iteration',
    'none',
    'Keel',
    'Above 0: if all scores are equal, there is nothing to learn.',
  ],
  'objective/scaled_scores': ['scaled score', 'Score after scaling and clipping', RESPONSES, 'up', 'Keel'],
  'objective/non_score_reward': [
    'scaled score',
    '-kl_coef times the KL estimate that is part of the reward',
    PER_RESPONSE,
    'none',
    'TRL',
  ],
  'objective/rlhf_reward': ['scaled score', 'Scaled score plus objective/non_score_reward', RESPONSES, 'up', 'TRL'],
  'objective/kl': [
    'nats per response',
    'KL(π_old || π_ref), estimated by k1 = log π_old - log π_ref of the sampled tokens; may be negative by chance',
    PER_RESPONSE,
    'down',
    'TRL',
    'Rises and levels off, lower for a larger λ; k1 and k3 agree.',
  ],
  'objective/kl_k3': [
    'nats per response',
    'KL(π_old || π_ref), estimated by k3 = exp(d) - 1 - d, d = log π_ref - log π_old; never negative. Not the same ' +
      'as in RLHF-APA and trlX, whose k3 inverts the ratio',
    PER_RESPONSE,
    'down',
    'Keel',
  ],
  'objective/kl_per_token': [
    'nats per token',
    'KL(π_old || π_ref), estimated by k1',
    PER_TOKEN,
    'down',
    'Keel',
    "Rises and levels off, well below the starting policy's entropy.",
  ],
  'objective/kl_k3_per_token': ['nats per token', 'KL(π_old || π_ref), estimated by k3', PER_TOKEN, 'down', 'Keel'],
  'objective/kl_exact': [
    'nats per response',
    'KL(π_old || π_ref), summed over the vocabulary at each entry',
    PER_RESPONSE,
    'down',
    'Keel',
  ],
  'objective/kl_exact_per_token': [
    'nats per token',
    'KL(π_old || π_ref), summed over the vocabulary at each entry',
    PER_TOKEN,
    'down',
    'Keel',
  ],
  'objective/sampled_entropy': [
    'nats per response',
    "-log π_old of the sampled tokens; unlike TRL's objective/entropy, it excludes padding",
    PER_RESPONSE,
    'none',
    'Keel',
  ],
  'objective/sampled_entropy_per_token': [
    'nats per token',
    '-log π_old of the sampled tokens, an estimate of the entropy at temperature 1',
    PER_TOKEN,
    'none',
    'Keel',
    'Falls slowly, or even rises, and stays far above a tenth of its initial value.',
  ],
  'objective/entropy_per_token': [
    'nats per token',
    'Entropy of π_old over the vocabulary',
    PER_TOKEN,
    'none',
    'Keel',
    'Falls slowly, or even rises, and stays far above a tenth of its initial value.',
  ],
});

/** The responses themselves, with the names and meanings of TRL's GRPO trainer where it has them. */
export const responseMetrics = metricGroup('Responses', {
  'completions/mean_length': [
    'tokens',
    'Number of stored entries of a response, including the stop token',
    RESPONSES,
    'none',
    'TRL',
    'Levels off; if it only grows, check whether the score rewards length.',
  ],
  'completions/min_length': ['tokens', 'Length of the shortest response', 'minimum over the iteration', 'none', 'TRL'],
  'completions/max_length': ['tokens', 'Length of the longest response', 'maximum over the iteration', 'none', 'TRL'],
  'completions/mean_terminated_length': [
    'tokens',
    'Length of the responses that ended with a stop',
    'mean over these responses; NaN if there are none',
    'none',
    'TRL',
  ],
  'completions/clipped_ratio': [
    'share',
    'Responses that reached max_new_tokens',
    RESPONSES,
    'down',
    'TRL',
    'Low and steady: most responses end with a stop.',
  ],
  'completions/distinct_share': [
    'share',
    'Distinct texts among the responses',
    'number of distinct texts divided by number of responses',
    'up',
    'Keel',
    'Near 1: different prompts get different responses.',
  ],
  'completions/repeated_share': [
    'share',
    'Three-token sequences that occurred earlier in the same response',
    RESPONSES,
    'down',
    'Keel',
    'Low and steady.',
  ],
  'completions/length_score_correlation': [
    '1',
    "Pearson's correlation of raw score and number of stored entries; NaN if either is constant",
    'over the responses of the iteration',
    'none',
    'Keel',
    'Any value up to about 0.8; near 1, the score only measures length.',
  ],
});

/** Advantages and the critic, before any scaling. */
export const advantageMetrics = metricGroup('Advantages and critic', {
  'advantages/mean': ['scaled score', 'Advantage before scaling', PER_TOKEN, 'none', 'Keel'],
  'advantages/std': [
    'scaled score',
    'Standard deviation of the advantages before scaling, with divisor n',
    'over all response entries of the iteration',
    'none',
    'Keel',
    'Stays of similar size; if it falls to zero, there is nothing left to distinguish.',
  ],
  'advantages/scaled_std': [
    '1',
    'Standard deviation of the advantages as they enter the loss, with divisor n; of the unscaled ones if each ' +
      'minibatch is whitened separately',
    'over all response entries of the iteration',
    'none',
    'Keel',
    'About 1 with frozen deviations.',
  ],
  'advantages/valid_share': [
    'share',
    'Share of stored entries among all cells of the padded rollout',
    'over the iteration',
    'none',
    'Keel',
  ],
  'returns/mean': ['scaled score', 'Return, the unscaled advantage plus the value', PER_TOKEN, 'none', 'trlX'],
  'returns/std': [
    'scaled score',
    'Standard deviation of the returns, with divisor n',
    'over all response entries of the iteration',
    'none',
    'trlX',
  ],
  'values/mean': ['scaled score', "The critic's value when the responses were collected", PER_TOKEN, 'none', 'trlX'],
  'values/explained_variance': [
    'share',
    '1 - Var(Ret - V) / Var(Ret) with the values at collection; at most 1; below 0, the critic does harm; NaN for ' +
      'constant returns',
    'over all response entries of the iteration',
    'up',
    'Keel',
    'Rises above 0 after a few iterations, and is noisy.',
  ],
  'scales/score_std': [
    'score',
    'The deviation that scores are divided by',
    'in effect in the iteration',
    'none',
    'Keel',
  ],
  'scales/advantage_std': [
    'scaled score',
    'The deviation that advantages are divided by',
    'in effect in the iteration',
    'none',
    'Keel',
  ],
  'scales/frozen': ['0 or 1', '1 once the deviations are frozen', 'in effect in the iteration', 'none', 'Keel'],
});
