/** Responses to the fixed prompts; `per_token` holds six consecutive float64 arrays, little-endian. */
export const samples = {
  version: 4,
  sql: `
    CREATE TABLE samples (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      prompt_index INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      prompt TEXT NOT NULL,
      response TEXT NOT NULL,
      ids TEXT NOT NULL CHECK (json_valid(ids)),
      tokens TEXT NOT NULL CHECK (json_valid(tokens)),
      lengths TEXT NOT NULL CHECK (json_valid(lengths)),
      per_token BLOB NOT NULL,
      score REAL,
      judge REAL,
      ended_by_stop INTEGER NOT NULL CHECK (ended_by_stop IN (0, 1)),
      PRIMARY KEY (run, step, prompt_index)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX samples_tail ON samples (run, sequence);
  `,
};
