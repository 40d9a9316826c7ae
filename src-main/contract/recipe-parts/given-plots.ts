import { onlineLists, onlinePlots } from './online-plots.ts';
import { type PlotSpec, plot } from './plot-spec.ts';

const REWARD = plot(
  'reward',
  'Reward',
  'score',
  [
    { key: 'eval/reward', label: 'held-out' },
    { key: 'eval/judge', label: 'judge' },
    { key: 'objective/scores', label: 'dataset', isDashed: true },
  ],
  { about: 'eval/reward' },
);
const KL: PlotSpec = {
  id: 'kl',
  title: 'KL to the reference',
  about: 'eval/kl_exact',
  variants: [
    {
      label: 'sequence',
      unit: 'nats per response',
      shortUnit: 'nats',
      lines: [{ key: 'eval/kl_exact', label: 'exact, held-out' }],
    },
    {
      label: 'token',
      unit: 'nats per token',
      shortUnit: 'nats',
      lines: [{ key: 'eval/kl_exact_per_token', label: 'exact, held-out' }],
    },
  ],
};
const ENTROPY = plot('entropy', 'Entropy', 'nats per token', [{ key: 'eval/entropy_per_token', label: 'held-out' }]);
const LENGTH = plot('length', 'Response length', 'tokens', [{ key: 'eval/response_length', label: 'held-out' }]);
const OWN: Readonly<Record<string, PlotSpec>> = { reward: REWARD, kl: KL, entropy: ENTROPY, length: LENGTH };

/** The plots of a method that learns from the responses of a dataset: what the policy writes shows in evaluations. */
export const givenPlots: readonly PlotSpec[] = onlinePlots.map((spec) => OWN[spec.id] ?? spec);

/** What lists show for its runs. */
export const givenLists = {
  ...onlineLists,
  results: [{ key: 'eval/reward', label: 'reward' }],
  costs: [{ key: 'eval/kl_exact', label: 'KL' }],
} as const;
