import { meanPoints, type Points, thinPoints } from '#contract/metrics/thin-points.ts';
import { type ReadableDb, statement } from '../database.ts';
import { BUCKET_STEPS, type Bucket, readBuckets } from './metric-buckets.ts';

/** One series between two steps, thinned so that no peak is lost. */
export interface ThinnedSeries extends Points {
  /** Points in the range, before thinning. */
  readonly count: number;
  /** Means of about as many intervals, for a smoothed line; null if no points were left out. */
  readonly means: Points | null;
}

export interface SeriesRange {
  readonly from: number;
  readonly to: number;
  /** Number of buckets, with at most two points each. */
  readonly buckets: number;
}

const OF_KEY = 'FROM metrics WHERE run = @run AND key = (SELECT id FROM metric_keys WHERE key = @key)';
export const POINTS_SQL = `SELECT step, value, at ${OF_KEY} AND step BETWEEN @from AND @to ORDER BY step`;

function seek(db: ReadableDb, run: number, key: string, where: string, step = 0): number | null {
  const sql = `SELECT step ${OF_KEY} AND ${where} LIMIT 1`;
  return (statement(db, sql).pluck().get({ run, key, step }) as number | undefined) ?? null;
}

/** First and last step of a series, or null if it has no points. */
export function readExtent(db: ReadableDb, run: number, key: string): readonly [number, number] | null {
  const first = seek(db, run, key, 'step >= @step ORDER BY step');
  const last = seek(db, run, key, 'step >= @step ORDER BY step DESC');
  return first === null || last === null ? null : [first, last];
}

/** The range extended by one point at each end, so that lines reach the edges of the plot. */
function widened(db: ReadableDb, run: number, key: string, { from, to }: SeriesRange): readonly [number, number] {
  const before = seek(db, run, key, 'step < @step ORDER BY step DESC', from) ?? from;
  const after = seek(db, run, key, 'step > @step ORDER BY step', to) ?? to;
  return [before, after];
}

/** Whether to use the outline: at least two of its rows fall into each bucket. */
export function usesOutline({ from, to, buckets }: SeriesRange): boolean {
  return (to - from + 1) / buckets >= BUCKET_STEPS / 2;
}

type Row = readonly [step: number, value: number | null, at: number];

/** All points between two steps. */
function readPoints(db: ReadableDb, run: number, key: string, from: number, to: number): readonly Row[] {
  return statement(db, POINTS_SQL).raw().all({ run, key, from, to }) as Row[];
}

function outlinePoints(buckets: readonly Bucket[]): Points {
  const steps: number[] = [];
  const values: number[] = [];
  const put = (step: number, value: number | null) => {
    steps.push(step);
    values.push(value ?? Number.NaN);
  };
  for (const { low, lowStep, high, highStep } of buckets) {
    if (lowStep <= highStep) put(lowStep, low);
    if (lowStep !== highStep) put(highStep, high);
    if (lowStep > highStep) put(lowStep, low);
  }
  return { steps: Float64Array.from(steps), values: Float64Array.from(values) };
}

/** Adds the newest value, because the outline ends at its last extreme. */
function withLastPoint({ steps, values }: Points, last: Row | undefined): Points {
  if (!last || last[0] <= (steps[steps.length - 1] ?? -1)) return { steps, values };
  return {
    steps: Float64Array.from([...steps, last[0]]),
    values: Float64Array.from([...values, last[1] ?? Number.NaN]),
  };
}

function thinExact(rows: readonly Row[], buckets: number): ThinnedSeries {
  const points = {
    steps: Float64Array.from(rows, (row) => row[0]),
    values: Float64Array.from(rows, (row) => row[1] ?? Number.NaN),
  };
  const thin = thinPoints(points, buckets);
  return { ...thin, count: rows.length, means: thin === points ? null : meanPoints(points, buckets) };
}

function outlineMeans(outline: readonly Bucket[], buckets: number): Points {
  const steps = Float64Array.from(outline, ({ lastStep }) => lastStep);
  const values = Float64Array.from(outline, ({ total, finite }) => total / finite);
  return meanPoints(
    { steps, values },
    buckets,
    outline.map(({ finite }) => finite),
  );
}

/** A series between two steps, for a plot of `buckets` pixels; reads at most a few dozen rows per pixel. */
export function readThinned(db: ReadableDb, run: number, key: string, range: SeriesRange): ThinnedSeries {
  const [from, to] = widened(db, run, key, range);
  if (!usesOutline(range)) return thinExact(readPoints(db, run, key, from, to), range.buckets);
  const outline = readBuckets(db, run, key, from, to);
  const count = outline.reduce((sum, bucket) => sum + bucket.count, 0);
  const lastStep = outline.at(-1)?.lastStep ?? 0;
  const last = readPoints(db, run, key, lastStep, lastStep)[0];
  const points = withLastPoint(thinPoints(outlinePoints(outline), range.buckets), last);
  return { ...points, count, means: count > points.steps.length ? outlineMeans(outline, range.buckets) : null };
}

/** When each step was reported, in milliseconds since 1970; never decreases. */
export function readClock(db: ReadableDb, run: number, key: string, range: SeriesRange): Points {
  const [from, to] = widened(db, run, key, range);
  const rows = usesOutline(range)
    ? readBuckets(db, run, key, from, to).map(({ lastStep, lastAt }) => [lastStep, lastAt] as const)
    : readPoints(db, run, key, from, to).map(([step, , at]) => [step, at] as const);
  let latest = 0;
  const values = rows.map(([, at]) => {
    latest = Math.max(latest, at);
    return latest;
  });
  return { steps: Float64Array.from(rows, ([step]) => step), values: Float64Array.from(values) };
}

/** The cumulative sum of a series at each step. NaN counts as 0. */
export function readRunningTotal(db: ReadableDb, run: number, key: string, range: SeriesRange): Points {
  const [from, to] = widened(db, run, key, range);
  const start = usesOutline(range) ? 0 : Math.floor(from / BUCKET_STEPS) * BUCKET_STEPS;
  const before = start > 0 ? readBuckets(db, run, key, 0, start - 1) : [];
  const rows = usesOutline(range)
    ? readBuckets(db, run, key, 0, to).map(({ lastStep, total }) => [lastStep, total] as const)
    : readPoints(db, run, key, start, to).map(([step, value]) => [step, value ?? 0] as const);
  let sum = before.reduce((total, bucket) => total + bucket.total, 0);
  const values = rows.map(([, value]) => {
    sum += value;
    return sum;
  });
  return { steps: Float64Array.from(rows, ([step]) => step), values: Float64Array.from(values) };
}
