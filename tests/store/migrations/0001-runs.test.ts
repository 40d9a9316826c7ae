import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt } from './schema-at.ts';

test('makes runs and attempts', () => {
  expect(added(1)).toEqual(['attempts', 'runs', 'runs_parent', 'runs_state']);
});

test('a run has a known state and an id of its own; its attempts go with it', () => {
  const db = schemaAt(1);
  addPlainRun(db);
  expect(() => addPlainRun(db)).toThrow(/UNIQUE/);
  expect(() => db.exec("UPDATE runs SET state = 'lost'")).toThrow(/CHECK/);
  expect(() => db.exec("UPDATE runs SET created_at = 'yesterday'")).toThrow(/INTEGER/);
  db.exec(
    "INSERT INTO attempts (run, number, device, settings, environment, started_at) VALUES (1, 1, '{}', '{}', '{}', 1)",
  );
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM attempts').pluck().get()).toBe(0);
});
