import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFields, RECIPE_NAMES, recipeOf } from '#contract/config/index.ts';
import { metricCatalog } from '#contract/metrics/catalog.ts';
import { PAGES } from '../../scripts/generate-docs.ts';

const written = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

test.each(Object.entries(PAGES))('%s is what the schemas say', (path, page) => {
  expect(written(path), 'run node scripts/generate-docs.ts').toBe(page());
});

test('every field and every metric is told of', () => {
  const paths = RECIPE_NAMES.flatMap((name) => listFields(recipeOf(name).schema).map(({ path }) => path));
  expect(paths.filter((path) => !written('docs/config.md').includes(`\`${path}\``))).toEqual([]);
  expect(Object.keys(metricCatalog).filter((key) => !written('docs/metrics.md').includes(`\`${key}\``))).toEqual([]);
});

test('a choice without effect stands in bold where its field is told of', () => {
  const row = written('docs/config.md')
    .split('\n')
    .find((line) => line.startsWith('| `engine.frozen_dtype` |  |'));
  expect(row?.split('**This has no effect here without an adapter').length).toBe(2);
});
