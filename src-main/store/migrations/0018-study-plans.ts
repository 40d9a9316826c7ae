/** What a study is going to run, and which of its runs is which part of that; null for runs that were only put together. */
export const studyPlans = {
  version: 18,
  sql: `
    ALTER TABLE studies ADD COLUMN plan TEXT CHECK (plan IS NULL OR json_valid(plan));
    ALTER TABLE studies ADD COLUMN base_folder TEXT;
    ALTER TABLE study_runs ADD COLUMN entry TEXT;
    CREATE UNIQUE INDEX study_runs_entry ON study_runs (study, entry) WHERE entry IS NOT NULL;
  `,
};
