import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Places of waiting runs by run number; runs that came after the last change of the order have none. */
export function readPlaces(db: ReadableDb): ReadonlyMap<number, number> {
  const rows = statement(db, 'SELECT run, place FROM queue_places').all() as { run: number; place: number }[];
  return new Map(rows.map(({ run, place }) => [run, place]));
}

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
