import { HEALTHY, PLANTED } from '../research/doctor/planted.ts';
import { brokenPromises, type Measured, runCase } from '../research/doctor/run-case.ts';
import type { AcceptanceLine } from './line.ts';

/** What the independent judge says of a run, by the paired interval of its last evaluation. */
function judgeWords({ series }: Measured): string {
  const evaluated = [...series.values()].filter((values) => values['eval/judge'] !== undefined);
  const [first, last] = [evaluated[0], evaluated.at(-1)];
  const shown = (key: string) => last?.[key]?.toFixed(3) ?? 'not known';
  const change = `${shown('eval/judge_change_low')} to ${shown('eval/judge_change_high')}`;
  return `judge ${first?.['eval/judge']?.toFixed(3) ?? 'not known'} to ${shown('eval/judge')} (change ${change})`;
}

function figureOf(measured: Measured): string {
  const { name, expected, others } = measured;
  const named = expected.map((one) => `${one.regime}: onset ${one.onset}, found at ${one.named}`);
  const found = [...named, ...(others.length > 0 ? [`also ${others.join(', ')}`] : [])];
  return `${name}: ${found.join('; ') || 'nothing found'}; ${judgeWords(measured)}`;
}

export const plantedRuns: AcceptanceLine = {
  number: 14,
  title:
    'Four planted failures named within 5 iterations of their onset, three healthy seeds of each method left alone',
  async run(tell) {
    const broken: string[] = [];
    for (const one of [...PLANTED, ...HEALTHY]) {
      const measured = await runCase(one);
      tell(figureOf(measured));
      broken.push(...brokenPromises(measured).map((promise) => `${one.name}: ${promise}`));
    }
    return { passed: broken.length === 0, figures: broken };
  },
};
