import { expect, test } from 'vitest';
import { added, schemaAt } from './schema-at.ts';

test('makes drafts', () => {
  expect(added(12)).toEqual(['drafts']);
});

test('a form has one draft, a text with a time', () => {
  const db = schemaAt(12);
  db.exec("INSERT INTO drafts VALUES ('new-run', 'recipe: apa', 1)");
  expect(() => db.exec("INSERT INTO drafts VALUES ('new-run', '', 2)")).toThrow(/UNIQUE/);
  expect(() => db.exec("INSERT INTO drafts VALUES ('other', '', 'today')")).toThrow(/INTEGER/);
});
