/** The user's library: datasets with all their versions, the reports on them, and models. */
export const library = {
  version: 14,
  sql: `
    CREATE TABLE datasets (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      source TEXT NOT NULL,
      is_copy INTEGER NOT NULL CHECK (is_copy IN (0, 1)),
      columns TEXT NOT NULL CHECK (json_valid(columns)),
      added_at INTEGER NOT NULL,
      removed_at INTEGER,
      UNIQUE (source, is_copy)
    ) STRICT;

    CREATE TABLE dataset_versions (
      dataset INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      content_hash TEXT NOT NULL,
      path TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      modified_at REAL NOT NULL,
      seen_at INTEGER NOT NULL,
      PRIMARY KEY (dataset, number),
      UNIQUE (dataset, content_hash)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE dataset_reports (
      content_hash TEXT NOT NULL,
      settings TEXT NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report)),
      at INTEGER NOT NULL,
      PRIMARY KEY (content_hash, settings)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE models (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      folder TEXT NOT NULL UNIQUE,
      source TEXT NOT NULL CHECK (source IN ('linked', 'copied', 'downloaded')),
      origin TEXT,
      kind TEXT NOT NULL,
      added_at INTEGER NOT NULL,
      removed_at INTEGER
    ) STRICT;
  `,
};
