import type { StudyReport } from '../api/runs/planned-studies.ts';
import type { StudyReading } from '../api/runs/study-reading.ts';

/** Quoted if it contains what separates cells. */
function cell(value: string | number | null): string {
  const text = value === null || Number.isNaN(value) ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const HEAD = ['at', 'kl', 'configuration', 'metric', 'mean', 'low', 'high', 'seeds', 'next_low', 'next_high'] as const;

function rows(at: string, reading: StudyReading | null): readonly string[] {
  return (reading?.cells ?? []).flatMap((each) =>
    [...each.values, ...(each.gain ? [{ ...each.gain, key: `${reading!.key} gain` }] : [])].map((value, index) => {
      const { key, mean, low, high, n } = value;
      const next = index === 0 ? each.predicted : null;
      const numbers = [mean, low, high, n, next?.low ?? null, next?.high ?? null];
      return [at, reading!.kl, each.name, key, ...numbers].map(cell).join(',');
    }),
  );
}

/** "Best of n", whose KL is a bound. */
function bestOfRows({ bestOf, by }: StudyReport): readonly string[] {
  return (bestOf?.points ?? []).map(({ n, kl, mean, low, high }) => {
    return ['KL at most', kl, `best of ${n}`, `eval/${by} gain`, mean, low, high, null, null, null].map(cell).join(',');
  });
}

/** Every mean of a study with its interval, one per line. */
export function studyCsv(report: StudyReport): string {
  const { matched, within, atEnd } = report;
  const read = [...rows('matched KL', matched), ...rows('within KL', within), ...rows('last evaluation', atEnd)];
  const lines = [...read, ...bestOfRows(report)];
  return `${[HEAD.join(','), ...lines].join('\n')}\n`;
}
