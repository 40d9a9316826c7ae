import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { RECIPE_NAMES } from '#contract/config/index.ts';
import { loadRecipe } from '#engine/jobs/load-recipe.ts';
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

test('every recipe has its descriptor, its page and its docs, and each is known by its file name', () => {
  const pages = namesIn('src-main/engine/recipes', () => true).sort();
  const descriptors = namesIn('src-main/contract/recipes', (_text, name) => name !== 'all-recipes').sort();
  expect(pages).toEqual(descriptors);
  expect([...RECIPE_NAMES].sort()).toEqual(descriptors);
  expect(missing(descriptors.map((name) => `docs/algorithms/${name}.md`))).toEqual([]);
});

test.each(RECIPE_NAMES)('the page of %s can be loaded by its name', async (name) => {
  expect(await loadRecipe(name)).toBeTypeOf('function');
});
