import type { DemoReply, DemoResult } from './api/demo.ts';
import { formatPercent } from './format.ts';

/** The rows of the before-and-after table: the label and the metric. */
export const DEMO_ROWS: readonly (readonly [string, string])[] = [
  ['reward (trained reward model)', 'eval/reward'],
  ['judge (rules, 1 is best)', 'eval/judge'],
  ['KL to the start, nats per response', 'eval/kl_exact'],
  ['entropy, nats per token', 'eval/entropy_per_token'],
  ['distinct responses', 'eval/distinct_replies'],
  ['tokens per response', 'eval/response_length'],
];

/** A value of the table, as the CLI and the app write it. */
export function demoCell(value: number | undefined, key: string): string {
  if (value === undefined) return '–';
  return key === 'eval/distinct_replies' ? formatPercent(value, 0) : value.toFixed(2).replace('-', '−');
}

const SHOWN_REPLIES = 3;

/** The first prompts with their responses before and after: chosen by order, not by quality. */
export function firstReplies(result: DemoResult): readonly (readonly [before: DemoReply, after: DemoReply])[] {
  const earlier = new Map(result.samplesBefore.map((sample) => [sample.promptIndex, sample]));
  const pairs = result.samplesAfter.flatMap((after) => {
    const before = earlier.get(after.promptIndex);
    return before ? [[before, after] as const] : [];
  });
  return pairs.slice(0, SHOWN_REPLIES);
}

/** A prompt of the starter dataset, without its template. */
export function customerOf(prompt: string): string {
  return prompt.replace(/\s*Support:\s*$/, '').trim();
}
