import type { MetricRow } from '#contract/api/runs/run-records.ts';
import type { EncodedPoints, Series } from '#contract/api/runs/series.ts';
import { decodeDoubles } from '#contract/float-array.ts';
import type { Points } from '#contract/metrics/thin-points.ts';

/** One series as loaded, with the points received since. */
export interface LoadedSeries {
  readonly points: Points;
  readonly means: Points | null;
  readonly count: number;
  /** Number of points received since loading, at the end of `points`. */
  readonly added: number;
}

export function decodePoints({ steps, values }: EncodedPoints): Points {
  return { steps: decodeDoubles(steps), values: decodeDoubles(values) };
}

export function loadSeries({ means, count, ...points }: Series): LoadedSeries {
  return { points: decodePoints(points), means: means && decodePoints(means), count, added: 0 };
}

const NONE: LoadedSeries = {
  points: { steps: new Float64Array(), values: new Float64Array() },
  means: null,
  count: 0,
  added: 0,
};

function joined({ steps, values }: Points, rows: readonly MetricRow[]): Points {
  const size = steps.length;
  const longer = { steps: new Float64Array(size + rows.length), values: new Float64Array(size + rows.length) };
  longer.steps.set(steps);
  longer.values.set(values);
  for (const [at, row] of rows.entries()) {
    longer.steps[size + at] = row.step;
    longer.values[size + at] = row.value;
  }
  return longer;
}

/**
 * Appends rows to a series. Returns null if one of them is not new: a resumed run has reported a step again, and the
 * series has to be reloaded.
 */
export function appendRows(series: LoadedSeries | undefined, rows: readonly MetricRow[]): LoadedSeries | null {
  const { points, means, count, added } = series ?? NONE;
  let last = points.steps.at(-1) ?? -1;
  for (const { step } of rows) {
    if (step <= last) return null;
    last = step;
  }
  return {
    points: joined(points, rows),
    means: means && joined(means, rows),
    count: count + rows.length,
    added: added + rows.length,
  };
}
