import { expect, test } from 'vitest';
import { recipeList } from '#contract/config/index.ts';
import { readSources } from './source-tree.ts';

const FAMILIES: readonly (readonly string[])[] = ['supervised', 'online'].map((kind) =>
  recipeList.filter((recipe) => recipe.kind === kind).map(({ name }) => name),
);

const recipes = new Map(
  readSources('src-main/engine/recipes')
    .filter(({ path }) => !path.endsWith('/index.ts'))
    .map(({ path, text }) => [path.replace(/^.*\/(.*)\.ts$/, '$1'), text]),
);

/** The numbered comments of a recipe, as `1. Models`. */
const stepsOf = (text: string) => [...text.matchAll(/^ *\/\/ (\d+\. .+)$/gm)].map((match) => match[1] ?? '');

test('every recipe is in a family', () => {
  expect([...recipes.keys()].filter((name) => !FAMILIES.flat().includes(name))).toEqual([]);
});

test.each(FAMILIES.map((names) => ({ names })))('$names have the same steps in the same order', ({ names }) => {
  const present = names.filter((name) => recipes.has(name));
  const steps = present.map((name) => stepsOf(recipes.get(name) ?? ''));
  expect(steps[0]?.length).toBeGreaterThan(5);
  expect(Object.fromEntries(present.map((name, index) => [name, steps[index]]))).toEqual(
    Object.fromEntries(present.map((name) => [name, steps[0]])),
  );
});

test.each([...recipes])('the steps of %s are numbered without a gap', (_name, text) => {
  const numbers = stepsOf(text).map((step) => Number.parseInt(step, 10));
  expect(numbers).toEqual(numbers.map((_each, index) => index + 1));
});

test.each([...recipes])('%s is one page: no class, no flag for another algorithm', (name, text) => {
  const others = FAMILIES.flat().filter((other) => other !== name && !name.includes(other));
  expect(text).not.toMatch(/^\s*(export )?(abstract )?class /m);
  expect(others.filter((other) => new RegExp(`(===|case) '${other}'`).test(text))).toEqual([]);
});
