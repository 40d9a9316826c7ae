import { type MetricEntry, metricGroup } from '../metrics/metric-entry.ts';
import { plot } from './plot-spec.ts';

const BATCH = 'mean over the batch of the update';
const HELD_OUT = 'mean over the held-out records';
const TOKENS = 'mean over the tokens of those responses';

type Row = Parameters<typeof metricGroup>[1][string];

const SIDES = ['chosen', 'rejected'] as const;

/** The rows of both sides. */
const ofSides = (name: string, row: (side: string) => Row) =>
  Object.fromEntries(SIDES.map((side) => [`${name}/${side}`, row(side)]));

const rows = (over: string): Readonly<Record<string, Row>> => ({
  ...ofSides('rewards', (side) => [
    'nats',
    `Implicit reward of the ${side} responses: β (log π_θ - log π_ref)`,
    over,
    side === 'chosen' ? 'up' : 'down',
    'TRL',
    side === 'chosen'
      ? 'Starts at 0, and may fall as long as the rejected one falls faster; a steep fall means that all responses become unlikely.'
      : 'Starts at 0 and falls.',
  ]),
  'rewards/margins': [
    'nats',
    'Implicit reward of the chosen responses minus that of the rejected ones',
    over,
    'up',
    'TRL',
    'Starts at 0 and rises; a held-out margin that levels off while the other one rises means memorization.',
  ],
  ...ofSides('logps', (side) => [
    'nats',
    `log π_θ of the ${side} responses, summed over their tokens`,
    over,
    'none',
    'TRL',
    side === 'chosen'
      ? 'Often falls somewhat; far below its start, the policy forgets the chosen texts too.'
      : 'Falls.',
  ]),
  ...ofSides('logits', (side) => [
    '1',
    `Mean of the logits over the vocabulary, in the ${side} responses`,
    TOKENS,
    'none',
    'TRL',
    'Drifts slowly.',
  ]),
});

type Side = (typeof SIDES)[number];
type Key = `${'rewards' | 'logps' | 'logits'}/${Side}` | 'rewards/margins';

/** The metrics of a method that learns from preferences against a reference, in training and held out. */
export const preferenceMetrics = metricGroup('Preferences', {
  ...rows(BATCH),
  ...Object.fromEntries(Object.entries(rows(HELD_OUT)).map(([key, row]) => [`eval/${key}`, row])),
}) as Readonly<Record<Key | `eval/${Key}`, MetricEntry>>;

/** Accuracy of the implicit rewards, of a method that learns from pairs. */
export const accuracyMetrics = metricGroup('Preferences', {
  'rewards/accuracies': [
    'share',
    'Pairs whose chosen response has the higher implicit reward; a tie counts 0',
    BATCH,
    'up',
    'TRL',
    'Rises above 0.5 and levels off below 1.',
  ],
  'eval/rewards/accuracies': [
    'share',
    'Pairs whose chosen response has the higher implicit reward; a tie counts 0',
    HELD_OUT,
    'up',
    'TRL',
    'Rises and levels off; its interval should not include 0.5.',
  ],
});

const pair = (key: string, title: string, unit: string, name: string) =>
  plot(key, title, unit, [
    { key: name, label: 'training' },
    { key: `eval/${name}`, label: 'held-out', isDashed: true },
  ]);

export const accuracyPlot = pair('accuracy', 'Accuracy', 'share of pairs', 'rewards/accuracies');
export const marginPlot = pair('margin', 'Margin', 'nats', 'rewards/margins');

export const rewardsPlot = plot('rewards', 'Implicit rewards', 'nats', [
  { key: 'rewards/chosen', label: 'chosen' },
  { key: 'rewards/rejected', label: 'rejected' },
  { key: 'eval/rewards/chosen', label: 'chosen, held-out', isDashed: true },
  { key: 'eval/rewards/rejected', label: 'rejected, held-out', isDashed: true },
]);

export const logpsPlot = plot('logps', 'Log-prob of a response', 'nats', [
  { key: 'logps/chosen', label: 'chosen' },
  { key: 'logps/rejected', label: 'rejected' },
]);
