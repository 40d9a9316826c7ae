import { expect, test } from 'vitest';
import { addPlainRun, schemaAt, step } from './schema-at.ts';

test('a place belongs to a run and goes with it', () => {
  const db = schemaAt(18);
  addPlainRun(db);
  step(db, 19);
  const add = db.prepare('INSERT INTO queue_places (run, place) VALUES (?, ?)');
  add.run(1, 0);
  expect(() => add.run(1, 1)).toThrow(/UNIQUE/);
  expect(() => add.run(2, 1)).toThrow(/FOREIGN KEY/);
  db.exec('DELETE FROM runs');
  expect(db.prepare('SELECT count(*) FROM queue_places').pluck().get()).toBe(0);
});
