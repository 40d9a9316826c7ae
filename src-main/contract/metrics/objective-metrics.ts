import { metricGroup } from './metric-entry.ts';

const RESPONSES = 'mean over the responses of the iteration';
const PER_RESPONSE = 'sum over a response, then mean over responses';
const PER_TOKEN = 'mean over all response entries of the iteration';

/** What the policy is trained for, and how far it went for it. */
export const objectiveMetrics = metricGroup('Objective', {
  'objective/scores': [
    'score',
    'Raw score of the reward',
    RESPONSES,
    'up',
    'TRL',
    'Rises and flattens; held-out follows close below, and the judge rises with both.',
  ],
  'objective/scores_std': [
    'score',
    'Standard deviation of the raw scores, divisor n - 1',
    'over the responses of the iteration',
    'none',
    'Keel',
    'Above 0: without a spread of scores there is nothing to learn.',
  ],
  'objective/scaled_scores': ['scaled score', 'Score as scaled and clipped', RESPONSES, 'up', 'Keel'],
  'objective/non_score_reward': [
    'scaled score',
    '-kl_coef times the KL estimate in the reward',
    PER_RESPONSE,
    'none',
    'TRL',
  ],
  'objective/rlhf_reward': ['scaled score', 'Scaled score plus objective/non_score_reward', RESPONSES, 'up', 'TRL'],
  'objective/kl': [
    'nats a response',
    'KL(π_old || π_ref) by k1 = log π_old - log π_ref of the sampled tokens; may be negative by chance',
    PER_RESPONSE,
    'down',
    'TRL',
    'Rises and flattens at a level that falls with λ; k1 and k3 agree.',
  ],
  'objective/kl_k3': [
    'nats a response',
    'KL(π_old || π_ref) by k3 = exp(d) - 1 - d, d = log π_ref - log π_old; never negative. Not the quantity of RLHF-APA and trlX, whose k3 has the ratio inverted',
    PER_RESPONSE,
    'down',
    'Keel',
  ],
  'objective/kl_per_token': [
    'nats a token',
    'KL(π_old || π_ref) by k1',
    PER_TOKEN,
    'down',
    'Keel',
    "Rises and flattens, well below the start's entropy.",
  ],
  'objective/kl_k3_per_token': ['nats a token', 'KL(π_old || π_ref) by k3', PER_TOKEN, 'down', 'Keel'],
  'objective/kl_exact': [
    'nats a response',
    'KL(π_old || π_ref), summed over the vocabulary at each entry',
    PER_RESPONSE,
    'down',
    'Keel',
  ],
  'objective/kl_exact_per_token': [
    'nats a token',
    'KL(π_old || π_ref), summed over the vocabulary at each entry',
    PER_TOKEN,
    'down',
    'Keel',
  ],
  'objective/sampled_entropy': [
    'nats a response',
    "-log π_old of the sampled tokens; unlike TRL's objective/entropy no padding enters",
    PER_RESPONSE,
    'none',
    'Keel',
  ],
  'objective/sampled_entropy_per_token': [
    'nats a token',
    '-log π_old of the sampled tokens, an estimate of the entropy at temperature 1',
    PER_TOKEN,
    'none',
    'Keel',
    'Falls slowly or even rises; far from a tenth of its start.',
  ],
  'objective/entropy_per_token': [
    'nats a token',
    'Entropy of π_old over the vocabulary',
    PER_TOKEN,
    'none',
    'Keel',
    'Falls slowly or even rises; far from a tenth of its start.',
  ],
});

/** The responses themselves; names and meanings of TRL's GRPO trainer where it has them. */
export const responseMetrics = metricGroup('Responses', {
  'completions/mean_length': [
    'tokens',
    'Stored entries of a response, the stop token among them',
    RESPONSES,
    'none',
    'TRL',
    'Settles; where it only grows, look at whether the score pays for length.',
  ],
  'completions/min_length': ['tokens', 'Shortest response', 'minimum over the iteration', 'none', 'TRL'],
  'completions/max_length': ['tokens', 'Longest response', 'maximum over the iteration', 'none', 'TRL'],
  'completions/mean_terminated_length': [
    'tokens',
    'Length of responses that ended by themselves',
    'mean over those; NaN when there is none',
    'none',
    'TRL',
  ],
  'completions/clipped_ratio': [
    'share',
    'Responses that ran into max_new_tokens',
    RESPONSES,
    'down',
    'TRL',
    'Low and steady: most replies end by themselves.',
  ],
  'completions/distinct_share': [
    'share',
    'Different texts among the responses',
    'number of distinct texts over number of responses',
    'up',
    'Keel',
    'Near 1: different prompts get different replies.',
  ],
  'completions/repeated_share': [
    'share',
    'Runs of three tokens that occurred before in the same response',
    RESPONSES,
    'down',
    'Keel',
    'Low and steady.',
  ],
  'completions/length_score_correlation': [
    '1',
    "Pearson's correlation of raw score and number of stored entries; NaN when either is constant",
    'over the responses of the iteration',
    'none',
    'Keel',
    'Anything up to about 0.8; near 1 the score is the length.',
  ],
});

/** Advantages and the critic, before anything is scaled. */
export const advantageMetrics = metricGroup('Advantages and critic', {
  'advantages/mean': ['scaled score', 'Advantage before scaling', PER_TOKEN, 'none', 'Keel'],
  'advantages/std': [
    'scaled score',
    'Standard deviation of the advantages before scaling, divisor n',
    'over all response entries of the iteration',
    'none',
    'Keel',
    'Of one size; where it falls to nothing there is nothing left to tell apart.',
  ],
  'advantages/scaled_std': [
    '1',
    'Standard deviation of the advantages as they enter the loss, divisor n; unscaled ones where whitening is done in each minibatch',
    'over all response entries of the iteration',
    'none',
    'Keel',
    'About 1 with frozen deviations.',
  ],
  'advantages/valid_share': [
    'share',
    'Stored entries among all cells of the padded rollout',
    'over the iteration',
    'none',
    'Keel',
  ],
  'returns/mean': ['scaled score', 'Return, the unscaled advantage plus the value', PER_TOKEN, 'none', 'trlX'],
  'returns/std': [
    'scaled score',
    'Standard deviation of the returns, divisor n',
    'over all response entries of the iteration',
    'none',
    'trlX',
  ],
  'values/mean': ['scaled score', "The critic's value at collection", PER_TOKEN, 'none', 'trlX'],
  'values/explained_variance': [
    'share',
    '1 - Var(Ret - V) / Var(Ret) with values from collection; at most 1, below 0 the critic harms; NaN for constant returns',
    'over all response entries of the iteration',
    'up',
    'Keel',
    'Above 0 after a few iterations, and noisy.',
  ],
  'scales/score_std': ['score', 'What scores are divided by', 'in force in the iteration', 'none', 'Keel'],
  'scales/advantage_std': [
    'scaled score',
    'What advantages are divided by',
    'in force in the iteration',
    'none',
    'Keel',
  ],
  'scales/frozen': ['0 or 1', '1 once the deviations are held', 'in force in the iteration', 'none', 'Keel'],
});
