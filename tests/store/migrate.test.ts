import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWriter } from '../../src-main/store/database.ts';
import { highestRunNumberIn } from '../../src-main/store/highest-run-number.ts';
import { migrate, schemaVersion } from '../../src-main/store/migrate.ts';
import { MIGRATIONS } from '../../src-main/store/migrations/all.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { addRun, temporaryFolder } from './temporary-store.ts';

const one = { version: 1, sql: 'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7)' };
const two = { version: 2, sql: 'CREATE TABLE b (y INTEGER) STRICT' };

test('versions count up without a gap, and every migration has its file and its test', () => {
  expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  const sources = readdirSync('src-main/store/migrations').filter((name) => /^\d/.test(name));
  const tests = readdirSync('tests/store/migrations').filter((name) => /^\d/.test(name));
  expect(tests).toEqual(sources.map((name) => name.replace('.ts', '.test.ts')));
  expect(sources.map((name) => Number(name.slice(0, 4)))).toEqual(MIGRATIONS.map((migration) => migration.version));
});

test('a store of an earlier schema is backed up before it is changed', () => {
  const folder = temporaryFolder();
  const db = openWriter(join(folder, 'store.sqlite'));
  migrate(db, { migrations: [one], home: folder });
  expect(existsSync(join(folder, 'backups'))).toBe(false);
  migrate(db, { migrations: [one, two], home: folder });
  const copy = openWriter(join(folder, 'backups', 'older-schema-1.sqlite'));
  expect(copy.prepare('SELECT x FROM a').pluck().all()).toEqual([7]);
  expect([schemaVersion(copy), schemaVersion(db)]).toEqual([1, 2]);
});

test('a backup that knows more runs than the store is not written over', () => {
  const home = temporaryFolder();
  const old = MIGRATIONS.slice(0, 14);
  const upgrade = (runs: number) => {
    const path = join(home, 'store.sqlite');
    rmSync(path, { force: true });
    const db = openWriter(path, home);
    migrate(db, { migrations: old, home });
    for (let count = 0; count < runs; count += 1) addRun(db, `20260101-00000${count}-a`);
    migrate(db, { home });
    db.close();
  };
  const backups = () =>
    readdirSync(join(home, 'backups')).map((name) => [name, highestRunNumberIn(join(home, 'backups', name))]);
  upgrade(2);
  upgrade(0);
  upgrade(1);
  expect(backups()).toEqual([
    ['older-schema-14-2.sqlite', 1],
    ['older-schema-14.sqlite', 2],
  ]);
  upgrade(3);
  expect(backups()).toContainEqual(['older-schema-14.sqlite', 3]);
});

test('a migration that fails halfway leaves the store at the version before, whole', () => {
  const db = openWriter(':memory:');
  const broken = { version: 2, sql: 'CREATE TABLE b (y INTEGER) STRICT; INSERT INTO nowhere VALUES (1)' };
  migrate(db, { migrations: [one] });
  expect(() => migrate(db, { migrations: [one, broken] })).toThrow(/nowhere/);
  expect(schemaVersion(db)).toBe(1);
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'b'").all()).toEqual([]);
  migrate(db, { migrations: [one, two] });
  expect(schemaVersion(db)).toBe(2);
});

test('a migration must not break foreign keys', () => {
  const db = openWriter(':memory:');
  db.pragma('foreign_keys = OFF');
  const sql =
    'CREATE TABLE c (a INTEGER REFERENCES d (x)); CREATE TABLE d (x INTEGER PRIMARY KEY); INSERT INTO c VALUES (9)';
  expect(() => migrate(db, { migrations: [{ version: 1, sql }] })).toThrow(/foreign keys of c/);
  expect(schemaVersion(db)).toBe(0);
});

test('a store of a later schema is refused and not written to', () => {
  const path = join(temporaryFolder(), 'store.sqlite');
  const store = openStore(path);
  store.write.pragma('user_version = 999');
  store.close();
  expect(() => openStore(path)).toThrow(
    expect.objectContaining({
      code: 'store_future',
      why: expect.stringMatching(new RegExp(`999.*${MIGRATIONS.length}`)),
    }),
  );
  const db = openWriter(path);
  expect(schemaVersion(db)).toBe(999);
});
