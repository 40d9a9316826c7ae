import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(5)).toEqual(['checkpoints']);
  const db = schemaAt(4);
  addPlainRun(db);
  step(db, 5);
  expect(db.pragma('user_version', { simple: true })).toBe(5);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('a checkpoint is one per run and step, and goes with its run', () => {
  const db = schemaAt(5);
  addPlainRun(db);
  db.exec(`INSERT INTO checkpoints VALUES (1, 4, '/c', 'ab', 10, 1, 1, 1, NULL)`);
  expect(() => db.exec(`INSERT INTO checkpoints VALUES (1, 4, '/d', 'cd', 10, 0, 1, 1, NULL)`)).toThrow(/UNIQUE/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM checkpoints').pluck().get()).toBe(0);
});
