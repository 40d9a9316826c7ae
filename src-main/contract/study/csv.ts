import type { StudyReport } from '../api/runs/planned-studies.ts';
import type { StudyReading } from '../api/runs/study-reading.ts';
import { cellName } from './words.ts';

/** Quoted if it contains what separates cells. */
function cell(value: string | number | null): string {
  const text = value === null || Number.isNaN(value) ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const HEAD = ['at', 'kl', 'configuration', 'metric', 'mean', 'low', 'high', 'seeds', 'next_low', 'next_high'] as const;

function rows(at: string, reading: StudyReading | null): readonly string[] {
  return (reading?.cells ?? []).flatMap((each) =>
    each.values.map(({ key, mean, low, high, n }, index) => {
      const next = index === 0 ? each.predicted : null;
      const numbers = [mean, low, high, n, next?.low ?? null, next?.high ?? null];
      return [at, reading!.kl, cellName(each), key, ...numbers].map(cell).join(',');
    }),
  );
}

/** Every mean of a study with its interval, one per line. */
export function studyCsv({ matched, within, atEnd }: StudyReport): string {
  const lines = [...rows('matched KL', matched), ...rows('within KL', within), ...rows('last evaluation', atEnd)];
  return `${[HEAD.join(','), ...lines].join('\n')}\n`;
}
