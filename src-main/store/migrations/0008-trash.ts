/** Runs that were removed and can be restored until they are purged; `root` is the run with which they were removed. */
export const trash = {
  version: 8,
  sql: `
    CREATE TABLE trash (
      run INTEGER PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
      root INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      removed_at INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX trash_root ON trash (root);
  `,
};
