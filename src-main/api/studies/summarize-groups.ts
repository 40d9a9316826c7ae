import type { ComparedRun, SummaryRow } from '#contract/api/runs/studies.ts';
import { meanInterval } from '#contract/statistics/mean-interval.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readSeries } from '../../store/queries/metrics.ts';

/** What "best" means, and which way: the first of these that a run has. */
const MERITS = [
  ['eval/judge', 1],
  ['eval/reward', 1],
  ['eval/accuracy', 1],
  ['eval/loss', -1],
] as const;

const SUMMARIZED = [
  'eval/reward',
  'eval/judge',
  'eval/win_rate',
  'eval/judge_win_rate',
  'eval/kl_exact',
  'eval/entropy_per_token',
  'eval/response_length',
  'eval/ended_by_stop',
  'eval/accuracy',
  'eval/loss',
] as const;

type Series = readonly { readonly step: number; readonly value: number }[];

function bestStep(seriesOf: (key: string) => Series): number | null {
  for (const [key, sign] of MERITS) {
    const known = seriesOf(key).filter(({ value }) => Number.isFinite(value));
    const [first, ...others] = known;
    if (!first) continue;
    return others.reduce((best, point) => (sign * point.value > sign * best.value ? point : best), first).step;
  }
  return null;
}

/** One row for each group and metric: over its runs, the value at the last evaluation and at each run's best. */
export function summarizeGroups(
  db: ReadableDb,
  runs: readonly (ComparedRun & { readonly number: number })[],
): SummaryRow[] {
  const groups = [...new Set(runs.map(({ group }) => group))].sort((one, other) => one - other);
  return groups.flatMap((group) => {
    const members = runs
      .filter((run) => run.group === group)
      .map(({ number }) => {
        const series = new Map(SUMMARIZED.map((key) => [key as string, readSeries(db, number, key) as Series]));
        return { series, best: bestStep((key) => series.get(key) ?? []) };
      });
    return SUMMARIZED.flatMap((key) => {
      const having = members.filter(({ series }) => series.get(key)!.length > 0);
      if (having.length === 0) return [];
      const last = having.map(({ series }) => series.get(key)!.at(-1)!.value);
      const best = having.flatMap((member) => member.series.get(key)!.find(({ step }) => step === member.best) ?? []);
      return [{ group, key, last: meanInterval(last), best: meanInterval(best.map(({ value }) => value)) }];
    });
  });
}
