import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its tables to a store that holds a run, and leaves the run as it was', () => {
  expect(added(14)).toEqual(['dataset_reports', 'dataset_versions', 'datasets', 'models']);
  const db = schemaAt(13);
  addPlainRun(db);
  step(db, 14);
  expect(db.pragma('user_version', { simple: true })).toBe(14);
  expect(db.prepare('SELECT id FROM runs').pluck().all()).toEqual(['20260101-000000-a']);
});

test('a version is one per content, and goes with its dataset', () => {
  const db = schemaAt(14);
  db.exec(`INSERT INTO datasets (name, source, is_copy, columns, added_at) VALUES ('a', '/a', 0, '{}', 1)`);
  db.exec(`INSERT INTO dataset_versions VALUES (1, 1, 'sha256:a', '/a', 1, 1.5, 1)`);
  const again = `INSERT INTO dataset_versions VALUES (1, 2, 'sha256:a', '/a', 1, 2.5, 2)`;
  expect(() => db.exec(again)).toThrow(/UNIQUE/);
  db.exec('DELETE FROM datasets');
  expect(db.prepare('SELECT count(*) FROM dataset_versions').pluck().get()).toBe(0);
});
