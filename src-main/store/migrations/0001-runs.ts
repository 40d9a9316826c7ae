/** Runs with the given and the resolved config; every start of an engine for a run, with its environment. */
export const runs = {
  version: 1,
  sql: `
    CREATE TABLE runs (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      recipe TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN
        ('queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'interrupted')),
      parent TEXT REFERENCES runs (id) ON DELETE CASCADE,
      stage TEXT,
      config_given TEXT NOT NULL,
      config TEXT NOT NULL CHECK (json_valid(config)),
      device TEXT NOT NULL,
      folder TEXT NOT NULL,
      base_folder TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      finished_at INTEGER,
      last_step INTEGER,
      summary TEXT CHECK (summary IS NULL OR json_valid(summary)),
      error TEXT CHECK (error IS NULL OR json_valid(error))
    ) STRICT;
    CREATE INDEX runs_state ON runs (state);
    CREATE INDEX runs_parent ON runs (parent);

    CREATE TABLE attempts (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      engine_pid INTEGER,
      resumed_from INTEGER,
      device TEXT NOT NULL CHECK (json_valid(device)),
      settings TEXT NOT NULL CHECK (json_valid(settings)),
      environment TEXT NOT NULL CHECK (json_valid(environment)),
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      cause TEXT,
      PRIMARY KEY (run, number)
    ) STRICT, WITHOUT ROWID;
  `,
};
