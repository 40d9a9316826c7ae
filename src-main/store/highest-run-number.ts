import { openAtRest, type ReadableDb } from './database.ts';

/**
 * The highest number that a store has assigned to a run, or 0. Numbers are never reused, so a store that was lost and
 * recreated has a lower number than its backups, while a store whose runs were deleted does not.
 */
export function highestRunNumber(db: ReadableDb): number {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (!isThere) return 0;
  const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").pluck().get();
  return typeof last === 'number' ? last : 0;
}

/** The same for a file; 0 if it cannot be read. */
export function highestRunNumberIn(path: string): number {
  try {
    const db = openAtRest(path);
    try {
      return highestRunNumber(db);
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}
