/** The cluster that a study's runs are handed to, and how many at once; null for this machine. */
export const studyPlaces = {
  version: 21,
  sql: 'ALTER TABLE studies ADD COLUMN place TEXT CHECK (place IS NULL OR json_valid(place));',
};
