import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IMPORT_EXCEPTIONS } from './exceptions.ts';
import { closureOf, forbiddenImports, importCircles, importsOf } from './imports.ts';
import { ROOT, readSources } from './source-tree.ts';

const sources = readSources('src-main', 'src-renderer', 'scripts');

test('every import is one that the table allows', () => {
  const excused = IMPORT_EXCEPTIONS.map(({ what }) => what);
  expect(forbiddenImports(sources).filter((found) => !excused.includes(found))).toEqual([]);
});

test('every exception is still needed and has a reason', () => {
  const found = forbiddenImports(sources);
  expect(IMPORT_EXCEPTIONS.filter(({ what, because }) => !found.includes(what) || because.length < 20)).toEqual([]);
});

test('no file imports itself by way of others, not even its types', () => {
  expect(importCircles(sources)).toEqual([]);
  const planted = [
    { path: 'src-main/a.ts', text: "import { b } from './b.ts';" },
    { path: 'src-main/b.ts', text: "import type { C } from './c.ts';" },
    { path: 'src-main/c.ts', text: "export { a } from './a.ts';" },
  ];
  expect(importCircles(planted)).toEqual([['src-main/a.ts', 'src-main/b.ts', 'src-main/c.ts']]);
});

test('the whole tree was read', () => {
  const present = ['src-main', 'src-renderer', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|mjs|vue)$/.test(path))
      .map((path) => `${folder}/${path}`),
  );
  const read = new Set(sources.map(({ path }) => path));
  expect(present.filter((path) => !read.has(path))).toEqual([]);
  expect(sources.filter((file) => importsOf(file).length > 0).length).toBeGreaterThan(present.length / 3);
});

test.each([
  ['src-main/runs', /^@tensorflow\//],
  ['src-main/cli', /^@tensorflow\//],
  ['src-main/engine', /^better-sqlite3$/],
  ['src-main/contract', /^(node:|@tensorflow\/|better-sqlite3$)/],
  ['src-renderer', /^(node:|@tensorflow\/|better-sqlite3$|@orpc\/server)/],
])('%s brings nothing along that matches %s', (folder, banned) => {
  const start = sources.filter(({ path }) => path.startsWith(`${folder}/`));
  const brought = [...closureOf(start, sources)].filter(([name]) => banned.test(name));
  expect(brought).toEqual([]);
});

test.each([
  ['src-main/engine/rollout/planted.ts', "import Database from 'better-sqlite3';"],
  ['src-main/engine/rollout/planted.ts', "import type { Store } from '../../store/open-store.ts';"],
  ['src-main/engine/reward/planted.ts', "export { gather } from '../rollout/gather.ts';"],
  ['src-main/engine/dataset/planted.ts', "const net = await import('node:net');"],
  ['src-main/contract/planted.ts', "import { readFileSync } from 'node:fs';"],
  ['src-main/contract/planted.ts', "import type { Tensor } from '#engine/runtime/types.ts';"],
  ['src-main/store/planted.ts', "import { tf } from '#engine/runtime/tf.ts';"],
  ['src-main/runs/planted.ts', "import { renderTable } from '../cli/table.ts';"],
  ['scripts/setup/planted.mjs', "import { z } from 'zod';"],
  ['src-renderer/pages/planted.vue', "<script setup>\nimport { connect } from '../link/connect.ts';\n</script>"],
  ['src-renderer/parts/planted.ts', "import { useRun } from '../state/use-run.ts';"],
  ['src-renderer/plots/planted.ts', "import { readFileSync } from 'node:fs';"],
  ['src-renderer/state/planted.ts', "import { router } from '../../src-main/api/router.ts';"],
  ['src-main/shared/planted.ts', "import { join } from 'node:path';"],
])('a planted import is found: %s: %s', (path, text) => {
  expect(forbiddenImports([{ path, text }])).toHaveLength(1);
});
