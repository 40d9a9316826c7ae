import { expect, test } from 'vitest';
import { added, addPlainRun, schemaAt, step } from './schema-at.ts';

test('adds its table and folds the points that a store already holds', () => {
  expect(added(10)).toEqual(['metric_buckets']);
  const db = schemaAt(9);
  addPlainRun(db);
  db.exec(`INSERT INTO metric_keys VALUES (1, 'loss'), (2, 'broken')`);
  const put = (key: number, at: number, value: number | null) =>
    db.prepare('INSERT INTO metrics VALUES (1, ?, ?, ?, ?, 1)').run(key, at, value, 1000 + at);
  for (const [at, value] of [3, 1, null, 7, 7].entries()) put(1, at, value);
  put(1, 64, -2);
  put(2, 5, null);
  step(db, 10);
  expect(db.prepare('SELECT * FROM metric_buckets ORDER BY key, bucket').raw().all()).toEqual([
    [1, 1, 0, 5, 4, 18, 1, 1, 7, 3, 4, 1004],
    [1, 1, 1, 1, 1, -2, -2, 64, -2, 64, 64, 1064],
    [1, 2, 0, 1, 0, 0, null, 5, null, 5, 5, 1005],
  ]);
});

test('the outline goes with its run', () => {
  const db = schemaAt(10);
  addPlainRun(db);
  db.exec(
    `INSERT INTO metric_keys VALUES (1, 'loss'); INSERT INTO metric_buckets VALUES (1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)`,
  );
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM metric_buckets').pluck().get()).toBe(0);
});
