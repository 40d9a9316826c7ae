import type { StoredSample } from '#contract/api/runs/run-records.ts';

/** A response paired with the starting policy's response to the same prompt. */
export interface SampleRow {
  readonly now: StoredSample;
  readonly start: StoredSample | null;
}

export const SAMPLE_ORDERS = [
  ['prompt', 'Prompt'],
  ['best', 'Highest score'],
  ['worst', 'Lowest score'],
  ['judge', 'Lowest judge score'],
  ['change', 'Largest score change'],
  ['loss', 'Largest score drop'],
  ['long', 'Longest'],
  ['short', 'Shortest'],
] as const;
export type SampleOrder = (typeof SAMPLE_ORDERS)[number][0];

/** How much the score rose since the start; NaN if there is no start. */
export function scoreChange({ now, start }: SampleRow): number {
  return start ? now.score - start.score : Number.NaN;
}

const MERITS: Readonly<Record<SampleOrder, (row: SampleRow) => number>> = {
  prompt: ({ now }) => now.promptIndex,
  best: ({ now }) => -now.score,
  worst: ({ now }) => now.score,
  judge: ({ now }) => now.judge ?? Number.NaN,
  change: (row) => -Math.abs(scoreChange(row)),
  loss: scoreChange,
  long: ({ now }) => -now.response.length,
  short: ({ now }) => now.response.length,
};

export type SampleFilter = 'all' | 'changed' | 'cut' | 'worse';

const FILTERS: Readonly<Record<SampleFilter, (row: SampleRow) => boolean>> = {
  all: () => true,
  changed: ({ now, start }) => start !== null && start.response !== now.response,
  cut: ({ now }) => !now.endedByStop,
  worse: (row) => scoreChange(row) < 0,
};

/** Responses at two steps, by prompt. */
export function pairWithStart(now: readonly StoredSample[], start: readonly StoredSample[]): readonly SampleRow[] {
  const starts = new Map(start.map((sample) => [sample.promptIndex, sample]));
  return now.map((sample) => ({ now: sample, start: starts.get(sample.promptIndex) ?? null }));
}

/** The rows that match the filter and search text, sorted; rows without a sort value come last. */
export function orderSamples(
  rows: readonly SampleRow[],
  by: { readonly order: SampleOrder; readonly filter: SampleFilter; readonly search: string },
): readonly SampleRow[] {
  const wanted = by.search.trim().toLowerCase();
  const holds = ({ now }: SampleRow) =>
    wanted === '' || now.prompt.toLowerCase().includes(wanted) || now.response.toLowerCase().includes(wanted);
  const merit = MERITS[by.order];
  return rows
    .filter((row) => FILTERS[by.filter](row) && holds(row))
    .toSorted((one, other) => {
      const [a, b] = [merit(one), merit(other)];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return a - b || one.now.promptIndex - other.now.promptIndex;
    });
}
