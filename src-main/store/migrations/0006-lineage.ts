/** Artifacts and inputs of a run: datasets by hash, models by folder, other runs by id. */
export const lineage = {
  version: 6,
  sql: `
    CREATE TABLE artifacts (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      moment TEXT NOT NULL,
      folder TEXT NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      at INTEGER NOT NULL,
      PRIMARY KEY (run, kind, moment)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE inputs (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      role TEXT NOT NULL,
      path TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      rows INTEGER,
      source_run TEXT,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      PRIMARY KEY (run, role, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX inputs_sha256 ON inputs (sha256);
    CREATE INDEX inputs_source ON inputs (source_run);
  `,
};
