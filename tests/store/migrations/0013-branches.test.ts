import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables, and a run of before stands on its first branch with every event in force', () => {
  expect(added(13)).toEqual([
    'abandoned_changes',
    'abandoned_checkpoints',
    'abandoned_metrics',
    'abandoned_samples',
    'branches',
  ]);
  const db = schemaAt(12);
  addPlainRun(db);
  db.exec(`INSERT INTO events (run, sequence, at, step, level, name, detail) VALUES (1, 1, 1, 3, 'info', 'a', '{}')`);
  db.exec(`INSERT INTO checkpoints VALUES (1, 3, '/c', 'ab', 1, 0, 1, 2, NULL)`);
  step(db, 13);
  expect(db.prepare('SELECT branch, paused_because FROM runs').get()).toEqual({ branch: 0, paused_because: null });
  expect(db.prepare('SELECT branch FROM events').pluck().get()).toBeNull();
  expect(db.prepare('SELECT best_step, suspected_since FROM checkpoints').get()).toEqual({
    best_step: null,
    suspected_since: null,
  });
});

test('what was given up goes with its run', () => {
  const db = schemaAt(13);
  addPlainRun(db);
  db.exec('INSERT INTO branches (run, branch, back_to, at) VALUES (1, 0, 2, 5)');
  db.exec(`INSERT INTO abandoned_changes VALUES (0, 1, 3, 'a', 1, 1)`);
  db.exec('DELETE FROM runs');
  expect(
    db.prepare('SELECT (SELECT count(*) FROM branches) + (SELECT count(*) FROM abandoned_changes)').pluck().get(),
  ).toBe(0);
});
