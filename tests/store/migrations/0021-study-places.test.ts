import { expect, test } from 'vitest';
import { added, schemaAt, step } from './schema-at.ts';

test('studies from before there were clusters run on this machine', () => {
  expect(added(21)).toEqual([]);
  const db = schemaAt(20);
  db.exec("INSERT INTO studies VALUES (1, 'λ', 'notes', 5, '{}', '/', NULL)");
  step(db, 21);
  expect(db.prepare('SELECT * FROM studies').all()).toEqual([
    { id: 1, name: 'λ', notes: 'notes', created_at: 5, plan: '{}', base_folder: '/', start_samples: null, place: null },
  ]);
  expect(() => db.exec("UPDATE studies SET place = 'no json'")).toThrow(/CHECK/);
});
