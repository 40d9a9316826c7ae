import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Which data folder a store belongs to. */
export interface StoredHome {
  /** Empty where a Keel wrote the store that knew no identity. */
  readonly id: string;
  /** Real path at which it was opened last. */
  readonly path: string;
}

/** The data folder that the store was used in last; null for a new store. */
export function readHome(db: ReadableDb): StoredHome | null {
  return (statement(db, 'SELECT id, path FROM home').get() as StoredHome | undefined) ?? null;
}

export function writeHome(db: WritableDb, { id, path }: StoredHome): void {
  statement(db, 'INSERT OR REPLACE INTO home (only_row, id, path) VALUES (1, ?, ?)').run(id, path);
}
