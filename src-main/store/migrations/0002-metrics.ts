/** Metric values; NULL stands for NaN, which SQLite cannot represent. */
export const metrics = {
  version: 2,
  sql: `
    CREATE TABLE metric_keys (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE metrics (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      key INTEGER NOT NULL REFERENCES metric_keys (id),
      step INTEGER NOT NULL,
      value REAL,
      at INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      PRIMARY KEY (run, key, step)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX metrics_tail ON metrics (run, sequence);
  `,
};
