import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(2)).toEqual(['metric_keys', 'metrics', 'metrics_tail']);
  const db = schemaAt(1);
  addPlainRun(db);
  step(db, 2);
  expect(db.pragma('user_version', { simple: true })).toBe(2);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('a point is one per run, key and step, and goes with its run', () => {
  const db = schemaAt(2);
  addPlainRun(db);
  db.exec(`INSERT INTO metric_keys VALUES (1, 'loss'); INSERT INTO metrics VALUES (1, 1, 3, 0.5, 1, 1)`);
  expect(() => db.exec(`INSERT INTO metrics VALUES (1, 1, 3, 0.6, 1, 2)`)).toThrow(/UNIQUE/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM metrics').pluck().get()).toBe(0);
});
