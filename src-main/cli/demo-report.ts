import type { DemoResult } from '#contract/api/demo.ts';
import { customerOf, DEMO_ROWS, demoCell, firstReplies } from '#contract/demo-report.ts';
import { formatPercent } from '#contract/format.ts';
import { columns } from './output.ts';

function tableOf({ before, after }: DemoResult): string {
  const rows = DEMO_ROWS.map(([name, key]) => [name, demoCell(before[key], key), demoCell(after[key], key)]);
  return columns([['', 'before', 'after'], ...rows]);
}

/** Renders a before-and-after table, then three pairs of responses. */
export function renderDemo(result: DemoResult): string {
  const { rewardModelAccuracy } = result;
  const accuracy =
    rewardModelAccuracy === null
      ? []
      : [`The reward model agrees with ${formatPercent(rewardModelAccuracy)} of held-out pairs.`, ''];
  const replies = firstReplies(result).flatMap(([before, after]) => [
    '',
    customerOf(before.prompt),
    `  before: ${before.response.trim()}`,
    `  after:  ${after.response.trim()}`,
  ]);
  return [...accuracy, tableOf(result), ...replies].join('\n');
}
