import { statement, type WritableDb } from '../database.ts';

/** Replaces the order of all waiting runs. */
export function replacePlaces(db: WritableDb, runs: readonly number[]): void {
  statement(db, 'DELETE FROM queue_places').run();
  const add = statement(db, 'INSERT INTO queue_places (run, place) VALUES (?, ?)');
  for (const [place, run] of runs.entries()) add.run(run, place);
}

/** Forgets the place of a run that is queued again: it comes last. */
export function forgetPlace(db: WritableDb, run: number): void {
  statement(db, 'DELETE FROM queue_places WHERE run = ?').run(run);
}
