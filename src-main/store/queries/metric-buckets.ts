import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Steps per row of the outline; migration 10 uses the same number. */
export const BUCKET_STEPS = 64;

const ADD = `INSERT INTO metric_buckets VALUES (@run, @key, @bucket, 1, @finite, @total, @value, @step,
    @value, @step, @step, @at)
  ON CONFLICT DO UPDATE SET
    count = count + 1,
    finite = finite + excluded.finite,
    total = coalesce(total + excluded.total, 0),
    low_step = CASE WHEN low IS NULL OR excluded.low < low THEN excluded.low_step ELSE low_step END,
    low = CASE WHEN low IS NULL OR excluded.low < low THEN coalesce(excluded.low, low) ELSE low END,
    high_step = CASE WHEN high IS NULL OR excluded.high > high THEN excluded.high_step ELSE high_step END,
    high = CASE WHEN high IS NULL OR excluded.high > high THEN coalesce(excluded.high, high) ELSE high END,
    last_step = max(last_step, excluded.last_step),
    last_at = max(last_at, excluded.last_at)`;

interface NewPoint {
  readonly step: number;
  /** Null for NaN. */
  readonly value: number | null;
  readonly at: number;
}

/** Adds a new point of `metrics` to the outline. */
export function addToBucket(db: WritableDb, run: number, key: number, point: NewPoint): void {
  const isCounted = Number.isFinite(point.value);
  const amounts = { finite: isCounted ? 1 : 0, total: isCounted ? point.value : 0 };
  statement(db, ADD).run({ run, key, bucket: Math.floor(point.step / BUCKET_STEPS), ...amounts, ...point });
}

const RANGE = 'run = @run AND key = @key AND step BETWEEN @first AND @first + @width - 1';

/** Recomputes the bucket of a step after one of its points was replaced or removed. */
export function foldBucket(db: WritableDb, run: number, key: number, step: number): void {
  const bucket = Math.floor(step / BUCKET_STEPS);
  const at = { run, key, bucket, first: bucket * BUCKET_STEPS, width: BUCKET_STEPS };
  statement(db, 'DELETE FROM metric_buckets WHERE run = @run AND key = @key AND bucket = @bucket').run(at);
  const fold = `INSERT INTO metric_buckets SELECT @run, @key, @bucket, count(*),
    count(value) FILTER (WHERE abs(value) < 9e999), coalesce(total(value) FILTER (WHERE abs(value) < 9e999), 0), min(value),
    coalesce((SELECT step FROM metrics WHERE ${RANGE} AND value IS NOT NULL ORDER BY value, step LIMIT 1), min(step)),
    max(value),
    coalesce((SELECT step FROM metrics WHERE ${RANGE} AND value IS NOT NULL ORDER BY value DESC, step LIMIT 1), min(step)),
    max(step), max(at) FROM metrics WHERE ${RANGE} HAVING count(*) > 0`;
  statement(db, fold).run(at);
}

/** One row of the outline. */
export interface Bucket {
  readonly count: number;
  readonly finite: number;
  /** Sum of the finite values. */
  readonly total: number;
  readonly low: number | null;
  readonly lowStep: number;
  readonly high: number | null;
  readonly highStep: number;
  readonly lastStep: number;
  readonly lastAt: number;
}

export const BUCKETS_SQL = `SELECT count, finite, total, low, low_step AS lowStep, high, high_step AS highStep,
  last_step AS lastStep, last_at AS lastAt FROM metric_buckets
  WHERE run = ? AND key = (SELECT id FROM metric_keys WHERE key = ?) AND bucket BETWEEN ? AND ? ORDER BY bucket`;

/** The outline of a series for the buckets from one step to another, in order. */
export function readBuckets(db: ReadableDb, run: number, key: string, from: number, to: number): readonly Bucket[] {
  const bucketOf = (step: number) => Math.floor(step / BUCKET_STEPS);
  return statement(db, BUCKETS_SQL).all(run, key, bucketOf(from), bucketOf(to)) as Bucket[];
}
