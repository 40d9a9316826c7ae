import { join } from 'node:path';
import { expect, test } from 'vitest';
import { durably, inTransaction, openReader, openWriter } from '../../src-main/store/database.ts';
import { isWaitable } from '../../src-main/store/sqlite-errors.ts';
import { requireSoundSqlite } from '../../src-main/store/sqlite-version.ts';
import { temporaryFolder } from './temporary-store.ts';

const FULL = 2;
const NORMAL = 1;

test('every setting is set, not left to a default', () => {
  const path = join(temporaryFolder(), 'store.sqlite');
  const db = openWriter(path);
  const read = (name: string) => db.pragma(name, { simple: true });
  expect(read('journal_mode')).toBe('wal');
  expect(read('synchronous')).toBe(NORMAL);
  expect(read('foreign_keys')).toBe(1);
  expect(read('busy_timeout')).toBe(5000);
  expect(openReader(path).pragma('query_only', { simple: true })).toBe(1);
});

test('a durable transaction is written under FULL, and NORMAL holds again after it', () => {
  const db = openWriter(join(temporaryFolder(), 'store.sqlite'));
  expect(durably(db, () => db.pragma('synchronous', { simple: true }))).toBe(FULL);
  expect(() => durably(db, () => db.exec('nonsense'))).toThrow();
  expect(db.pragma('synchronous', { simple: true })).toBe(NORMAL);
});

test('a full disk is a typed error that waiting may mend; nothing of the transaction stays', () => {
  const db = openWriter(join(temporaryFolder(), 'store.sqlite'));
  db.exec('CREATE TABLE t (x BLOB)');
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 2}`);
  const fill = () => inTransaction(db, () => db.prepare('INSERT INTO t VALUES (zeroblob(100000))').run());
  let thrown: unknown;
  try {
    fill();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'store_full', fix: expect.stringMatching(/^Check the quota and limits of \//) });
  expect(isWaitable(thrown)).toBe(true);
  expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  db.pragma('max_page_count = 100000');
  fill();
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

test.each(['3.51.2', '3.7.0', '3.9.99', '3.52.0'])('SQLite %s is refused', (version) => {
  expect(() => requireSoundSqlite(version)).toThrow(expect.objectContaining({ code: 'sqlite_version' }));
});

test.each(['3.51.3', '3.52.1', '3.54.1', '4.0.0'])('SQLite %s is taken', (version) => {
  expect(() => requireSoundSqlite(version)).not.toThrow();
});
