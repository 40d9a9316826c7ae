import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(3)).toEqual(['changes', 'events', 'events_name']);
  const db = schemaAt(2);
  addPlainRun(db);
  step(db, 3);
  expect(db.pragma('user_version', { simple: true })).toBe(3);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('an event has a known level and goes with its run', () => {
  const db = schemaAt(3);
  addPlainRun(db);
  db.exec(`INSERT INTO events VALUES (1, 1, 1, NULL, 'info', 'log', '{}')`);
  expect(() => db.exec(`INSERT INTO events VALUES (1, 2, 1, NULL, 'loud', 'log', '{}')`)).toThrow(/CHECK/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM events').pluck().get()).toBe(0);
});
