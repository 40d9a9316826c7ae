import { metricGroup } from './metric-entry.ts';

const UPDATES = 'mean over the entries of a minibatch, then mean over the updates of the iteration';
const OVER_UPDATES = 'mean over the updates of the iteration';

/** The updates of an online recipe. */
export const updateMetrics = metricGroup('Updates', {
  'loss/policy_avg': ['1', "The method's own policy loss", UPDATES, 'none', 'TRL'],
  'loss/value_avg': ['scaled score²', 'Value loss, half the (clipped) squared error', UPDATES, 'down', 'TRL'],
  'loss/total': ['1', 'Policy loss plus vf_coef times value loss', UPDATES, 'none', 'Keel'],
  'optimizer/grad_norm': ['1', 'Global gradient norm before clipping', OVER_UPDATES, 'none', 'Keel'],
  'optimizer/clip_share': ['share', 'Updates whose gradient was scaled down', OVER_UPDATES, 'none', 'Keel'],
  'optimizer/skipped': [
    'updates',
    'Updates left out because loss or gradient was not finite',
    'sum over the updates of the iteration',
    'down',
    'Keel',
  ],
  lr: ['1', 'Learning rate of the update', 'at the last update of the iteration', 'none', 'TRL'],
});

/** APA's own quantities. */
export const apaMetrics = metricGroup('APA', {
  'apa/residual_mean': [
    'nats a token',
    'log π_θ minus its target log π_init + A/λ; near the optimum positive and about the KL of a state',
    UPDATES,
    'none',
    'Keel',
  ],
  'apa/residual_rms': [
    'nats a token',
    'Root of the mean squared residual',
    'root of the policy loss averaged over the updates',
    'down',
    'Keel',
  ],
  'apa/unreachable_share': [
    'share',
    'Targets above log 1, which no policy can reach; above 0.2, λ is small for these advantages',
    UPDATES,
    'down',
    'Keel',
  ],
  'apa/lambda': ['1', 'apa_lambda in force', 'in the iteration', 'none', 'Keel'],
});

/** AWR's own quantities. */
export const awrMetrics = metricGroup('AWR', {
  'awr/ess_share': [
    'share',
    'Effective sample size over n, (Σ w)² / (n Σ w²); below 0.05 a few tokens decide',
    'over the entries of a minibatch, then mean over the updates',
    'up',
    'Keel',
  ],
  'awr/weight_mean': ['1', 'Weight min(exp(A/λ), weight_max)', UPDATES, 'none', 'Keel'],
  'awr/weight_max': ['1', 'Largest weight', 'maximum over the updates of the iteration', 'down', 'Keel'],
  'awr/lambda': ['1', 'awr_lambda in force', 'in the iteration', 'none', 'Keel'],
});

/** PPO's own quantities, as TRL's trainer names them. */
export const ppoMetrics = metricGroup('PPO', {
  'policy/approxkl_avg': [
    'nats a token',
    'Half the mean squared log-ratio between the policy and that of the rollout',
    UPDATES,
    'none',
    'TRL',
  ],
  'policy/approxkl_k3': ['nats a token', 'KL(π_old || π_θ) by k3, the mean of ρ - 1 - log ρ', UPDATES, 'none', 'Keel'],
  'policy/clipfrac_avg': ['share', 'Entries where the clipped objective holds', UPDATES, 'none', 'TRL'],
  'val/clipfrac_avg': ['share', 'Entries where the clipped value holds', UPDATES, 'none', 'TRL'],
  'val/ratio': [
    '1',
    'Probability ratio ρ of the policy to that of the rollout; off 1 by more than 0.1 is a bad sign',
    UPDATES,
    'none',
    'TRL',
  ],
  'val/ratio_var': [
    '1',
    'Variance of the mean ratio between updates, divisor n - 1',
    'over the updates of the iteration',
    'none',
    'TRL',
  ],
  'ppo/kl_coef': ['1', 'kl_coef in force', 'in the iteration', 'none', 'Keel'],
});
