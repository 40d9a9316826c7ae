import type { StoredSample } from '#contract/api/run-records.ts';
import { columns } from './columns.ts';

/** Values of one evaluation by metric key. */
export type Evaluation = Readonly<Record<string, number>>;

/** What the last lines of the demo are made of. */
export interface DemoResult {
  readonly rewardModelAccuracy: number | null;
  readonly before: Evaluation;
  readonly after: Evaluation;
  readonly samplesBefore: readonly StoredSample[];
  readonly samplesAfter: readonly StoredSample[];
}

const ROWS: readonly (readonly [string, string])[] = [
  ['reward (trained reward model)', 'eval/reward'],
  ['judge (rules, 1 is best)', 'eval/judge'],
  ['KL to the start, nats a reply', 'eval/kl_exact'],
  ['entropy, nats a token', 'eval/entropy_per_token'],
  ['distinct replies', 'eval/distinct_replies'],
  ['tokens a reply', 'eval/response_length'],
];

const SHOWN_REPLIES = 3;

function cell(value: number | undefined, key: string): string {
  if (value === undefined) return '-';
  return key === 'eval/distinct_replies' ? `${Math.round(100 * value)} %` : value.toFixed(2);
}

function tableOf({ before, after }: DemoResult): string {
  const rows = ROWS.map(([name, key]) => [name, cell(before[key], key), cell(after[key], key)]);
  return columns([['', 'before', 'after'], ...rows]);
}

/** The first prompts with their replies before and after: chosen by order, not by how well they came out. */
function firstReplies({ samplesBefore, samplesAfter }: DemoResult): readonly (readonly [StoredSample, StoredSample])[] {
  const earlier = new Map(samplesBefore.map((sample) => [sample.promptIndex, sample]));
  const pairs = samplesAfter.flatMap((after) => {
    const before = earlier.get(after.promptIndex);
    return before ? [[before, after] as const] : [];
  });
  return pairs.slice(0, SHOWN_REPLIES);
}

function customerOf(prompt: string): string {
  return prompt.replace(/\s*Support:\s*$/, '').trim();
}

/** Table before and after, then three replies side by side. */
export function renderDemo(result: DemoResult): string {
  const { rewardModelAccuracy } = result;
  const accuracy =
    rewardModelAccuracy === null
      ? []
      : [`The reward model agrees with ${(100 * rewardModelAccuracy).toFixed(1)} % of held-out pairs.`, ''];
  const replies = firstReplies(result).flatMap(([before, after]) => [
    '',
    customerOf(before.prompt),
    `  before: ${before.response.trim()}`,
    `  after:  ${after.response.trim()}`,
  ]);
  return [...accuracy, tableOf(result), ...replies].join('\n');
}
