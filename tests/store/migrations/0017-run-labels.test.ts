import { expect, test } from 'vitest';
import { addPlainRun, schemaAt, step } from './schema-at.ts';

test('labels belong to a run and go with it', () => {
  const db = schemaAt(16);
  addPlainRun(db);
  step(db, 17);
  const add = db.prepare(`INSERT INTO run_labels (run, tags, "group", notes) VALUES (?, ?, '', '')`);
  add.run(1, '["first"]');
  expect(() => add.run(2, '[]')).toThrow(/FOREIGN KEY/);
  expect(() => add.run(1, 'no JSON')).toThrow(/CHECK|UNIQUE/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM run_labels').pluck().get()).toBe(0);
});
