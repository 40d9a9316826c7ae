/** Scored responses of a study's starting policy, from which "best of n" chooses; null until they are sampled. */
export const startSamples = {
  version: 20,
  sql: 'ALTER TABLE studies ADD COLUMN start_samples TEXT CHECK (start_samples IS NULL OR json_valid(start_samples));',
};
