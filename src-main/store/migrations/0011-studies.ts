/** Runs that are compared, and blind ratings of their responses; a rating keeps its texts if a run is deleted. */
export const studies = {
  version: 11,
  sql: `
    CREATE TABLE studies (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      notes TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE study_runs (
      study INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
      run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      PRIMARY KEY (study, run)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX study_runs_run ON study_runs (run);

    CREATE TABLE rating_sessions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      seed INTEGER NOT NULL,
      sides TEXT NOT NULL CHECK (json_valid(sides)),
      identical INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      finished_at INTEGER
    ) STRICT;
    CREATE TABLE ratings (
      session INTEGER NOT NULL REFERENCES rating_sessions (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      prompt TEXT NOT NULL,
      left_side INTEGER NOT NULL,
      right_side INTEGER NOT NULL,
      left_reply TEXT NOT NULL,
      right_reply TEXT NOT NULL,
      verdict TEXT CHECK (verdict IS NULL OR verdict IN ('left', 'right', 'tie', 'skip')),
      at INTEGER,
      PRIMARY KEY (session, position)
    ) STRICT, WITHOUT ROWID;
  `,
};
