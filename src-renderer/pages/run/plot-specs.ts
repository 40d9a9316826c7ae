/** One line of a plot, by its metric. */
export interface LineSpec {
  readonly key: string;
  readonly label: string;
  readonly side?: 'right';
  readonly isDashed?: boolean;
  /** The line is 1 minus the metric, as the share of replies that ended from the share that was cut. */
  readonly isComplement?: boolean;
  /** The line is the metric in this many of its units, as gigabytes of bytes. */
  readonly per?: number;
}

/** What one plot may show; a plot with several shows one at a time. */
export interface PlotVariant {
  readonly label: string;
  readonly unit: string;
  /** The unit where the variant's name stands beside it. */
  readonly shortUnit?: string;
  readonly lines: readonly LineSpec[];
}

export interface PlotSpec {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly PlotVariant[];
  readonly isStacked?: boolean;
  /** The metric whose sentence stands under the plot. */
  readonly about: string;
}

const plot = (
  id: string,
  title: string,
  unit: string,
  lines: readonly LineSpec[],
  more: Partial<PlotSpec> = {},
): PlotSpec => ({
  id,
  title,
  variants: [{ label: '', unit, lines }],
  about: lines[0]?.key ?? '',
  ...more,
});

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
      unit: 'nats a response',
      shortUnit: 'nats',
      lines: [
        { key: 'objective/kl', label: 'k1' },
        { key: 'objective/kl_k3', label: 'k3' },
        { key: 'eval/kl_exact', label: 'exact, held-out', isDashed: true },
      ],
    },
    {
      label: 'token',
      unit: 'nats a token',
      shortUnit: 'nats',
      lines: [
        { key: 'objective/kl_per_token', label: 'k1' },
        { key: 'objective/kl_k3_per_token', label: 'k3' },
        { key: 'eval/kl_exact_per_token', label: 'exact, held-out', isDashed: true },
      ],
    },
  ],
};

const ENTROPY = plot('entropy', 'Entropy', 'nats a token', [
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
  'seconds an iteration',
  [
    { key: 'time/rollout', label: 'rollout' },
    { key: 'time/reward', label: 'reward' },
    { key: 'time/update', label: 'update' },
    { key: 'time/evaluation', label: 'evaluation' },
  ],
  { isStacked: true, about: 'time/iteration' },
);

const LOSSES = plot('loss', 'Loss', 'nats', [
  { key: 'loss', label: 'training' },
  { key: 'eval/loss', label: 'held-out', isDashed: true },
]);
const GRADIENT = plot('gradient', 'Gradient norm', 'before clipping', [{ key: 'grad_norm', label: 'norm' }]);
const RATE = plot('rate', 'Learning rate', 'of each update', [{ key: 'learning_rate', label: 'learning rate' }]);
const STEP_TIME = plot('time', 'Time a step', 'seconds', [{ key: 'time/step', label: 'step' }]);
const MEMORY = plot('memory', 'Memory', 'GB', [{ key: 'system/memory_bytes', label: 'engine', per: 1e9 }]);

const SFT: readonly PlotSpec[] = [
  LOSSES,
  plot('accuracy', 'Token accuracy', 'share of trained tokens', [
    { key: 'mean_token_accuracy', label: 'training' },
    { key: 'eval/mean_token_accuracy', label: 'held-out', isDashed: true },
  ]),
  GRADIENT,
  RATE,
  STEP_TIME,
  MEMORY,
];

const REWARD_MODEL: readonly PlotSpec[] = [
  plot('accuracy', 'Pair accuracy', 'share of pairs', [
    { key: 'accuracy', label: 'training' },
    { key: 'eval/accuracy', label: 'held-out', isDashed: true },
  ]),
  LOSSES,
  plot('margin', 'Margin', 'score', [
    { key: 'margin', label: 'training' },
    { key: 'eval/margin', label: 'held-out', isDashed: true },
  ]),
  plot('scores', 'Scores', 'score', [
    { key: 'max_reward', label: 'highest' },
    { key: 'mean_reward', label: 'mean' },
    { key: 'min_reward', label: 'lowest' },
  ]),
  GRADIENT,
  STEP_TIME,
];

const ONLINE: readonly PlotSpec[] = [REWARD, KL, ENTROPY, LOSS, LENGTH, PHASES];

/** The six plots that a recipe's run opens with. */
export function defaultPlots(recipe: string): readonly PlotSpec[] {
  if (recipe === 'sft') return SFT;
  return recipe === 'reward-model' ? REWARD_MODEL : ONLINE;
}
