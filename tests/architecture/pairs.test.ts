import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readSources } from './source-tree.ts';

const isThere = (path: string) => existsSync(join(ROOT, path));
const missing = (paths: readonly string[]) => paths.filter((path) => !isThere(path));
const namesIn = (folder: string, wanted: (text: string, name: string) => boolean) =>
  readSources(folder)
    .map(({ path, text }) => ({ name: basename(path, '.ts'), text }))
    .filter(({ name, text }) => wanted(text, name))
    .map(({ name }) => name);

test('every migration has its test', () => {
  const migrations = namesIn('src-main/store/migrations', (_text, name) => /^\d{4}-/.test(name));
  expect(migrations.length).toBeGreaterThan(0);
  expect(missing(migrations.map((name) => `tests/store/migrations/${name}.test.ts`))).toEqual([]);
});

test('every loss has its golden numbers', () => {
  const losses = namesIn('src-main/engine/update/losses', (text) => /export function \w+Loss\b/.test(text));
  const tests = readSources('tests/engine/update').map(({ text }) => text);
  expect(losses.filter((name) => !tests.some((text) => text.includes(`/losses/${name}.ts'`)))).toEqual([]);
});

test('every recipe has its config and its page', () => {
  const recipes = namesIn('src-main/engine/recipes', (_text, name) => name !== 'index');
  expect(missing(recipes.map((name) => `docs/algorithms/${name}.md`))).toEqual([]);
  expect(missing(recipes.map((name) => `src-main/contract/config/${name}.ts`))).toEqual([]);
});
