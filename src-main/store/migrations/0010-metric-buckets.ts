/**
 * Sixty-four steps of a series aggregated in one row, so that a long series can be read as an outline. `low` and `high`
 * are NULL if every value is NaN; `total` is the sum of the `finite` values, which are neither NaN nor infinite.
 */
export const metricBuckets = {
  version: 10,
  sql: `
    CREATE TABLE metric_buckets (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      key INTEGER NOT NULL REFERENCES metric_keys (id),
      bucket INTEGER NOT NULL,
      count INTEGER NOT NULL,
      finite INTEGER NOT NULL,
      total REAL NOT NULL,
      low REAL,
      low_step INTEGER NOT NULL,
      high REAL,
      high_step INTEGER NOT NULL,
      last_step INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      PRIMARY KEY (run, key, bucket)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO metric_buckets
    SELECT run, key, step / 64, count(*), count(value) FILTER (WHERE abs(value) < 9e999),
      coalesce(total(value) FILTER (WHERE abs(value) < 9e999), 0), min(value), min(step), max(value), min(step),
      max(step), max(at)
    FROM metrics GROUP BY run, key, step / 64;

    UPDATE metric_buckets AS b SET
      low_step = coalesce((SELECT min(step) FROM metrics m WHERE m.run = b.run AND m.key = b.key
        AND m.step BETWEEN b.bucket * 64 AND b.bucket * 64 + 63 AND m.value = b.low), low_step),
      high_step = coalesce((SELECT min(step) FROM metrics m WHERE m.run = b.run AND m.key = b.key
        AND m.step BETWEEN b.bucket * 64 AND b.bucket * 64 + 63 AND m.value = b.high), high_step);
  `,
};
