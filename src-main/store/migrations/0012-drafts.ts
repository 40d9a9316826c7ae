/** What a person has begun to fill in and not yet started, by the name of the form. */
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
