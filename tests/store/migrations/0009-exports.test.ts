import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt } from './schema-at.ts';

test('adds its table; exports are numbered over all runs and go with theirs', () => {
  expect(added(9)).toEqual(['exports', 'exports_run']);
  const db = schemaAt(9);
  addPlainRun(db);
  const insert = `INSERT INTO exports (run, what, moment, folder, detail, at) VALUES (1, 'policy', 'best', '/a', '{}', 5)`;
  db.exec(insert);
  db.exec(insert);
  expect(db.prepare('SELECT number FROM exports ORDER BY number').pluck().all()).toEqual([1, 2]);
  expect(() => db.exec(insert.replace(`'{}'`, `'{'`))).toThrow(/CHECK/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM exports').pluck().get()).toBe(0);
});
