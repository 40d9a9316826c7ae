import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { makePrivate, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { inTransaction, type WritableDb } from './database.ts';
import { highestRunNumber, highestRunNumberIn } from './highest-run-number.ts';
import { MIGRATIONS } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';

export interface MigrateOptions {
  readonly migrations?: readonly Migration[];
  /** The data folder; null for a file that is not the store of one, such as the rows of a backup. */
  readonly home?: string | null;
}

export function schemaVersion(db: WritableDb): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** The first name that is unused or belongs to a copy that has no more runs than this store. */
function placeOfBackup(db: WritableDb, folder: string, version: number): string {
  const runs = highestRunNumber(db);
  for (let count = 1; ; count += 1) {
    const copy = join(folder, `older-schema-${version}${count === 1 ? '' : `-${count}`}.sqlite`);
    if (!existsSync(copy) || highestRunNumberIn(copy) <= runs) return copy;
  }
}

/** Copies the store with SQLite, so that the copy includes the contents of the WAL. */
function backUp(db: WritableDb, version: number): void {
  const folder = join(dirname(db.name), 'backups');
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const copy = placeOfBackup(db, folder, version);
  rmSync(copy, { force: true });
  db.prepare('VACUUM INTO ?').run(copy);
  makePrivate(copy);
}

function apply(db: WritableDb, migration: Migration, home: string | null): void {
  inTransaction(db, () => {
    db.exec(migration.sql);
    if (home !== null) migration.convert?.(db, home);
    db.pragma(`user_version = ${migration.version}`);
    const broken = db.pragma('foreign_key_check') as readonly { table: string }[];
    if (broken.length > 0) throw new Error(`migration ${migration.version} breaks foreign keys of ${broken[0]?.table}`);
  });
}

/**
 * Migrates a store to the newest schema, with one transaction per migration that also sets `user_version`. The store of
 * a data folder is backed up first. Throws `store_future` for a schema newer than this version of Keel, before anything
 * is written.
 */
export function migrate(db: WritableDb, { migrations = MIGRATIONS, home = null }: MigrateOptions = {}): void {
  const current = schemaVersion(db);
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new KeelError({
      code: 'store_future',
      why: `The run store ${db.name} has schema ${current}; this version of Keel supports schemas up to ${newest}.`,
      fix: 'Use the newer version of Keel that wrote it, or set KEEL_HOME to another folder. Nothing was changed.',
    });
  }
  const pending = migrations.filter((migration) => migration.version > current);
  if (pending.length > 0 && current > 0 && home !== null) backUp(db, current);
  for (const migration of pending) apply(db, migration, home);
}
