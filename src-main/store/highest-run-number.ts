import { openAtRest, type ReadableDb } from './database.ts';

/**
 * The highest number that a store has given to a run, 0 for none. Numbers are never given twice, so that a store that
 * was lost and begun anew has a lower one than its backups, and one whose runs were deleted has not.
 */
export function highestRunNumber(db: ReadableDb): number {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (!isThere) return 0;
  const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").pluck().get();
  return typeof last === 'number' ? last : 0;
}

/** The same for a file; 0 for one that cannot be read. */
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
