import { type PlotSpec, plot } from './plot-spec.ts';

const REWARD = plot('reward', 'Reward', 'score', [
  { key: 'objective/scores', label: 'trained' },
  { key: 'eval/reward', label: 'held-out', isDashed: true },
  { key: 'eval/judge', label: 'judge' },
]);

const KL: PlotSpec = {
  id: 'kl',
  title: 'KL to the reference',
  about: 'objective/kl',
  variants: [
    {
      label: 'sequence',
      unit: 'nats per response',
      shortUnit: 'nats',
      lines: [
        { key: 'objective/kl', label: 'k1' },
        { key: 'objective/kl_k3', label: 'k3' },
        { key: 'eval/kl_exact', label: 'exact, held-out', isDashed: true },
      ],
    },
    {
      label: 'token',
      unit: 'nats per token',
      shortUnit: 'nats',
      lines: [
        { key: 'objective/kl_per_token', label: 'k1' },
        { key: 'objective/kl_k3_per_token', label: 'k3' },
        { key: 'eval/kl_exact_per_token', label: 'exact, held-out', isDashed: true },
      ],
    },
  ],
};

const ENTROPY = plot('entropy', 'Entropy', 'nats per token', [
  { key: 'objective/sampled_entropy_per_token', label: 'rollouts' },
  { key: 'eval/entropy_per_token', label: 'held-out', isDashed: true },
]);

const LOSS = plot('loss', 'Loss', 'policy left, value right', [
  { key: 'loss/policy_avg', label: 'policy' },
  { key: 'loss/value_avg', label: 'value', side: 'right' },
]);

const LENGTH = plot('length', 'Response length', 'tokens left, share right', [
  { key: 'completions/mean_length', label: 'mean length' },
  { key: 'completions/clipped_ratio', label: 'ended by EOS', side: 'right', isComplement: true },
]);

const PHASES = plot(
  'phases',
  'Time by phase',
  'seconds per iteration',
  [
    { key: 'time/rollout', label: 'rollout' },
    { key: 'time/reward', label: 'reward' },
    { key: 'time/update', label: 'update' },
    { key: 'time/evaluation', label: 'evaluation' },
  ],
  { isStacked: true, about: 'time/iteration' },
);

/** The plots of a recipe that samples responses. */
export const onlinePlots: readonly PlotSpec[] = [REWARD, KL, ENTROPY, LOSS, LENGTH, PHASES];

/** What lists show for a run that samples responses. */
export const onlineLists = {
  figures: [
    'objective/scores',
    'eval/reward',
    'objective/kl',
    'eval/kl_exact',
    'eval/win_rate',
    'eval/judge_win_rate',
    'eval/judge',
  ],
  results: [
    { key: 'eval/reward', label: 'reward' },
    { key: 'objective/scores', label: 'reward' },
  ],
  // Held-out reward stands beside held-out KL.
  costs: [
    { key: 'eval/kl_exact', label: 'KL' },
    { key: 'objective/kl', label: 'KL' },
  ],
} as const;
