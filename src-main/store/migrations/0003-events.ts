/** Events of a run, including log lines, and manually changed values. */
export const events = {
  version: 3,
  sql: `
    CREATE TABLE events (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      at INTEGER NOT NULL,
      step INTEGER,
      level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
      name TEXT NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      PRIMARY KEY (run, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX events_name ON events (run, name, step);

    CREATE TABLE changes (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      path TEXT NOT NULL,
      value REAL NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (run, step, path)
    ) STRICT, WITHOUT ROWID;
  `,
};
