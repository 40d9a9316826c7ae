/**
 * Rollbacks to a checkpoint: later rows are moved to other tables, with the number of the abandoned branch. Events stay
 * in place, in chronological order, and get that number. Also stores why a run is paused and the doctor's assessment of
 * a checkpoint.
 */
export const branches = {
  version: 13,
  sql: `
    ALTER TABLE runs ADD COLUMN branch INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN paused_because TEXT CHECK (paused_because IS NULL OR json_valid(paused_because));
    ALTER TABLE checkpoints ADD COLUMN best_step INTEGER;
    ALTER TABLE checkpoints ADD COLUMN suspected_since INTEGER;
    ALTER TABLE events ADD COLUMN branch INTEGER;

    CREATE TABLE branches (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      back_to INTEGER NOT NULL,
      last_step INTEGER,
      at INTEGER NOT NULL,
      is_cleaned INTEGER NOT NULL DEFAULT 0 CHECK (is_cleaned IN (0, 1)),
      PRIMARY KEY (run, branch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE abandoned_metrics (
      branch INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      key INTEGER NOT NULL REFERENCES metric_keys (id),
      step INTEGER NOT NULL,
      value REAL,
      at INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      PRIMARY KEY (run, branch, key, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE abandoned_samples (
      branch INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      prompt_index INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      prompt TEXT NOT NULL,
      response TEXT NOT NULL,
      ids TEXT NOT NULL,
      tokens TEXT NOT NULL,
      lengths TEXT NOT NULL,
      per_token BLOB NOT NULL,
      score REAL,
      judge REAL,
      ended_by_stop INTEGER NOT NULL,
      PRIMARY KEY (run, branch, step, prompt_index)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE abandoned_checkpoints (
      branch INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      manifest_hash TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (run, branch, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE abandoned_changes (
      branch INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      path TEXT NOT NULL,
      value REAL NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (run, branch, step, path)
    ) STRICT, WITHOUT ROWID;
  `,
};
