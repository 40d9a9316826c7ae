/** The order of waiting runs, if a user has changed it. */
export const queuePlaces = {
  version: 19,
  sql: `
    CREATE TABLE queue_places (
      run INTEGER NOT NULL PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
      place INTEGER NOT NULL
    ) STRICT;
  `,
};
