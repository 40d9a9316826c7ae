import { expect, test } from 'vitest';
import { addPlainRun, schemaAt, step } from './schema-at.ts';

test('starts of older runs keep their rows, with nothing known of the network', () => {
  const db = schemaAt(6);
  addPlainRun(db);
  db.exec(`INSERT INTO attempts (run, number, device, settings, environment, started_at)
    VALUES (1, 1, '{}', '{}', '{}', 5)`);
  step(db, 7);
  const row = 'SELECT number, started_at, network_calls, open_sockets FROM attempts';
  expect(db.prepare(row).get()).toEqual({ number: 1, started_at: 5, network_calls: null, open_sockets: null });
  expect(() => db.exec('UPDATE attempts SET network_calls = -1')).toThrow(/CHECK/);
});
