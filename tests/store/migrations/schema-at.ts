import { openWriter, type WritableDb } from '../../../src-main/store/database.ts';
import { migrate } from '../../../src-main/store/migrate.ts';
import { MIGRATIONS } from '../../../src-main/store/migrations/all.ts';

/** A store as it was at a schema version. */
export function schemaAt(version: number): WritableDb {
  const db = openWriter(':memory:');
  migrate(db, { migrations: MIGRATIONS.slice(0, version) });
  return db;
}

/** Takes a store from a version to the next. */
export function step(db: WritableDb, version: number): void {
  migrate(db, { migrations: MIGRATIONS.slice(0, version) });
}

/** Adds a run by plain SQL, as the schema of version 1 has it. */
export function addPlainRun(db: WritableDb): void {
  db.exec(`INSERT INTO runs (id, name, recipe, state, config_given, config, device, folder, base_folder, created_at)
    VALUES ('20260101-000000-a', 'a', 'sft', 'finished', '', '{}', 'default', '/a', '/', 5)`);
}

/** Names of tables and indexes that a migration has added, sorted. */
export function added(version: number): readonly string[] {
  const names = (db: WritableDb) =>
    db.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").pluck().all() as string[];
  const before = new Set(names(schemaAt(version - 1)));
  return names(schemaAt(version))
    .filter((name) => !before.has(name))
    .sort();
}
