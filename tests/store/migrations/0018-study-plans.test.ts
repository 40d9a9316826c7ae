import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('studies that were put together by hand keep their runs and have no plan', () => {
  expect(added(18)).toEqual(['study_runs_entry']);
  const db = schemaAt(17);
  addPlainRun(db);
  db.exec(`INSERT INTO studies VALUES (1, 'λ', 'notes', 5); INSERT INTO study_runs VALUES (1, '20260101-000000-a', 0)`);
  step(db, 18);
  expect(db.prepare('SELECT * FROM studies').all()).toEqual([
    { id: 1, name: 'λ', notes: 'notes', created_at: 5, plan: null, base_folder: null },
  ]);
  expect(db.prepare('SELECT * FROM study_runs').all()).toEqual([
    { study: 1, run: '20260101-000000-a', position: 0, entry: null },
  ]);
  expect(() => db.exec("UPDATE studies SET plan = 'no json'")).toThrow(/CHECK/);
});

test('an entry of a plan has one run', () => {
  const db = schemaAt(18);
  addPlainRun(db);
  db.exec(`INSERT INTO runs (id, name, recipe, state, config_given, config, device, folder, base_folder, created_at)
    VALUES ('20260101-000000-b', 'b', 'sft', 'finished', '', '{}', 'default', '/b', '/', 5);
    INSERT INTO studies VALUES (1, 'λ', '', 5, '{}', '/');
    INSERT INTO study_runs VALUES (1, '20260101-000000-a', 0, 'reward')`);
  expect(() => db.exec("INSERT INTO study_runs VALUES (1, '20260101-000000-b', 1, 'reward')")).toThrow(/UNIQUE/);
});
