import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(4)).toEqual(['samples', 'samples_tail']);
  const db = schemaAt(3);
  addPlainRun(db);
  step(db, 4);
  expect(db.pragma('user_version', { simple: true })).toBe(4);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('a sample holds bytes per token and goes with its run', () => {
  const db = schemaAt(4);
  addPlainRun(db);
  db.exec(`INSERT INTO samples VALUES (1, 1, 0, 1, 'p', 'r', '[]', '[]', '[]', x'00', 1.0, NULL, 1)`);
  expect(() =>
    db.exec(`INSERT INTO samples VALUES (1, 2, 0, 1, 'p', 'r', 'no json', '[]', '[]', x'00', 1.0, NULL, 1)`),
  ).toThrow(/CHECK|malformed/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM samples').pluck().get()).toBe(0);
});
