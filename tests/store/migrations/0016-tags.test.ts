import { expect, test } from 'vitest';
import { addPlainRun, schemaAt, step } from './schema-at.ts';

test('artifacts, exports and inputs of earlier runs keep what they said, under the new name', () => {
  const db = schemaAt(15);
  addPlainRun(db);
  db.exec(`INSERT INTO artifacts (run, kind, moment, folder, detail, at) VALUES (1, 'policy', 'best', '/a', '{}', 5)`);
  db.exec(`INSERT INTO exports (run, what, moment, folder, detail, at) VALUES (1, 'policy', '12', '/b', '{}', 5)`);
  const detail = `{"reference":"run:a/policy@best","kind":"policy","moment":"best","share":0.1}`;
  const insert = db.prepare('INSERT INTO inputs (run, role, path, sha256, bytes, detail) VALUES (1, ?, ?, ?, 1, ?)');
  insert.run('model', '/a', 'ab', detail);
  insert.run('prompts', '/p', 'cd', '{"rows":3}');
  step(db, 16);
  expect(db.prepare('SELECT tag FROM artifacts').pluck().all()).toEqual(['best']);
  expect(db.prepare('SELECT tag FROM exports').pluck().all()).toEqual(['12']);
  expect(
    db
      .prepare('SELECT detail FROM inputs ORDER BY role')
      .pluck()
      .all()
      .map((text) => JSON.parse(String(text))),
  ).toEqual([{ reference: 'run:a/policy@best', kind: 'policy', tag: 'best', share: 0.1 }, { rows: 3 }]);
});
