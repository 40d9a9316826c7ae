import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(6)).toEqual(['artifacts', 'inputs', 'inputs_sha256', 'inputs_source']);
  const db = schemaAt(5);
  addPlainRun(db);
  step(db, 6);
  expect(db.pragma('user_version', { simple: true })).toBe(6);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('an input is one per run, role and path, and goes with its run', () => {
  const db = schemaAt(6);
  addPlainRun(db);
  db.exec(`INSERT INTO inputs VALUES (1, 'data', 'a.jsonl', 'ab', 1, 1, NULL, '{}')`);
  expect(() => db.exec(`INSERT INTO inputs VALUES (1, 'data', 'a.jsonl', 'cd', 1, 1, NULL, '{}')`)).toThrow(/UNIQUE/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM inputs').pluck().get()).toBe(0);
});
