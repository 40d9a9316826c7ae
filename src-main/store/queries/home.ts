import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** The data folder to which a store belongs. */
export interface StoredHome {
  /** Empty if the store was written by a version of Keel without identities. */
  readonly id: string;
  /** Real path at which it was last opened. */
  readonly path: string;
}

/** The data folder in which the store was last used; null for a new store. */
export function readHome(db: ReadableDb): StoredHome | null {
  return (statement(db, 'SELECT id, path FROM home').get() as StoredHome | undefined) ?? null;
}

export function writeHome(db: WritableDb, { id, path }: StoredHome): void {
  statement(db, 'INSERT OR REPLACE INTO home (only_row, id, path) VALUES (1, ?, ?)').run(id, path);
}
