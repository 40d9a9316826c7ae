/** Checkpoints on disk; a removed one keeps its row, with the reason. */
export const checkpoints = {
  version: 5,
  sql: `
    CREATE TABLE checkpoints (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      folder TEXT NOT NULL,
      manifest_hash TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      is_best INTEGER NOT NULL CHECK (is_best IN (0, 1)),
      at INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      removed_because TEXT,
      PRIMARY KEY (run, step)
    ) STRICT, WITHOUT ROWID;
  `,
};
