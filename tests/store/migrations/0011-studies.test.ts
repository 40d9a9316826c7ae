import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(11)).toEqual(['rating_sessions', 'ratings', 'studies', 'study_runs', 'study_runs_run']);
  const db = schemaAt(10);
  addPlainRun(db);
  step(db, 11);
  expect(db.prepare('SELECT number, id, created_at FROM runs').get()).toEqual({
    number: 1,
    id: '20260101-000000-a',
    created_at: 5,
  });
});

test('a run leaves its studies, while a rating keeps its texts', () => {
  const db = schemaAt(11);
  addPlainRun(db);
  db.exec(`INSERT INTO studies VALUES (1, 'λ', '', 5);
    INSERT INTO study_runs VALUES (1, '20260101-000000-a', 0);
    INSERT INTO rating_sessions VALUES (1, 0, '[]', 0, 5, NULL);
    INSERT INTO ratings VALUES (1, 0, 'p', 0, 1, 'l', 'r', NULL, NULL);
    DELETE FROM runs`);
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect(['studies', 'study_runs', 'ratings'].map(count)).toEqual([1, 0, 1]);
  expect(() => db.exec("UPDATE ratings SET verdict = 'best'")).toThrow(/CHECK/);
});
