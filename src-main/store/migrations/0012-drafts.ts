/** Form contents that the user has not submitted yet, by the name of the form. */
export const drafts = {
  version: 12,
  sql: `
    CREATE TABLE drafts (
      name TEXT NOT NULL PRIMARY KEY,
      text TEXT NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
