import type { MetricRow } from '#contract/api/runs/run-records.ts';
import { type ReadableDb, statement } from '../database.ts';
import { BUCKET_STEPS } from './metric-buckets.ts';

/** How much there is to read of a run, without reading it. */
export interface MetricSpan {
  /** A step at or before the first one. */
  readonly first: number;
  readonly last: number;
  /** Number of values. */
  readonly values: number;
  /** Changes when a rollback discards steps. */
  readonly branch: number;
}

/** The span of a run's metrics, or null if it has none. */
export function readMetricSpan(db: ReadableDb, run: number): MetricSpan | null {
  const sql = `SELECT min(bucket) * ${BUCKET_STEPS} AS first, max(last_step) AS last, sum(count) AS "values",
    (SELECT branch FROM runs WHERE number = @run) AS branch FROM metric_buckets WHERE run = @run`;
  const span = statement(db, sql).get({ run }) as { [name in keyof MetricSpan]: number | null };
  return span.values === null ? null : (span as MetricSpan);
}

export const WINDOW_SQL = `SELECT k.key, m.step, m.value, m.at, m.sequence FROM metric_keys k
  CROSS JOIN metrics m ON m.run = @run AND m.key = k.id AND m.step BETWEEN @from AND @to
  ORDER BY m.step, m.at, k.key`;

/** All values of a run between two steps, by step, time, and key. */
export function readMetricWindow(db: ReadableDb, run: number, from: number, to: number): readonly MetricRow[] {
  const rows = statement(db, WINDOW_SQL).all({ run, from, to }) as (Omit<MetricRow, 'value'> & {
    readonly value: number | null;
  })[];
  return rows.map((row) => ({ ...row, value: row.value ?? Number.NaN }));
}
