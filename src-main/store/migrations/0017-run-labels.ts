/** What a person has noted of runs: tags, a group, and notes. */
export const runLabels = {
  version: 17,
  sql: `
    CREATE TABLE run_labels (
      run INTEGER NOT NULL PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
      tags TEXT NOT NULL CHECK (json_valid(tags)),
      "group" TEXT NOT NULL,
      notes TEXT NOT NULL
    ) STRICT;
  `,
};
