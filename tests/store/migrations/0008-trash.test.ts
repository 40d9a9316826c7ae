import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds the trash to a store that holds a run, and leaves the run outside it', () => {
  expect(added(8)).toEqual(['trash', 'trash_root']);
  const db = schemaAt(7);
  addPlainRun(db);
  step(db, 8);
  expect(db.prepare('SELECT count(*) FROM trash').pluck().get()).toBe(0);
  expect(db.prepare('SELECT count(*) FROM runs').pluck().get()).toBe(1);
});

test('a run is in the trash once, and its entry goes with it', () => {
  const db = schemaAt(8);
  addPlainRun(db);
  db.exec('INSERT INTO trash VALUES (1, 1, 10, 20)');
  expect(() => db.exec('INSERT INTO trash VALUES (1, 1, 11, 20)')).toThrow(/UNIQUE/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM trash').pluck().get()).toBe(0);
});
