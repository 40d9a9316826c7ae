import { expect, test } from 'vitest';
import { schemaAt, step } from './schema-at.ts';

test('studies have no samples of their starting policy until some are drawn, and nothing but JSON', () => {
  const db = schemaAt(19);
  db.exec(`INSERT INTO studies VALUES (1, 'λ', 'notes', 5, '{}', '/')`);
  step(db, 20);
  expect(db.prepare('SELECT * FROM studies').all()).toEqual([
    { id: 1, name: 'λ', notes: 'notes', created_at: 5, plan: '{}', base_folder: '/', start_samples: null },
  ]);
  expect(() => db.exec("UPDATE studies SET start_samples = 'no json'")).toThrow(/CHECK/);
});
