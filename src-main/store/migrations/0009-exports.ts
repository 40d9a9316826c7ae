/** Folders to which artifacts of a run were exported, with the result of the verification. */
export const exports = {
  version: 9,
  sql: `
    CREATE TABLE exports (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      what TEXT NOT NULL,
      moment TEXT NOT NULL,
      folder TEXT NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX exports_run ON exports (run, number);
  `,
};
