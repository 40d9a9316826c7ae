import type { UpdateReport } from '../records.ts';

/** Mean of each key over the reports that have it; NaN values stay NaN, since they are news. */
export function meanReports(reports: readonly UpdateReport[]): UpdateReport {
  const sums = new Map<string, { sum: number; n: number }>();
  for (const report of reports) {
    for (const [key, value] of Object.entries(report)) {
      const entry = sums.get(key) ?? { sum: 0, n: 0 };
      sums.set(key, { sum: entry.sum + value, n: entry.n + 1 });
    }
  }
  return Object.fromEntries([...sums].map(([key, { sum, n }]) => [key, sum / n]));
}
