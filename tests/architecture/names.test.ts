import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NAME_EXCEPTIONS } from './exceptions.ts';
import { avoidedWords, bannedNames, bannedPaths, britishSpellings, defaultExports, unseededRandom } from './names.ts';
import { ROOT, readSources } from './source-tree.ts';

const sources = readSources('src-main', 'src-renderer', 'scripts', 'tests');
const product = sources.filter(({ path }) => !path.startsWith('tests/'));
const excused = NAME_EXCEPTIONS.map(({ what }) => what);
const unexcused = (found: readonly string[]) => found.filter((each) => !excused.includes(each));

/** The words that `docs/glossary.md` lists as not to be used, each with the spelling that is. */
function wordList(): string[] {
  const glossary = readFileSync(join(ROOT, 'docs', 'glossary.md'), 'utf8');
  const section = glossary.split(/^## /m).find((part) => part.startsWith('Spelling')) ?? '';
  return [...section.matchAll(/^\| `([a-z]+)` \| `[a-z]+` \|$/gm)].map((row) => row[1] ?? '');
}

/** The words that `docs/glossary.md` replaces with plain ones. */
function plainWords(): string[] {
  const glossary = readFileSync(join(ROOT, 'docs', 'glossary.md'), 'utf8');
  const section = glossary.split(/^## /m).find((part) => part.startsWith('Plain words')) ?? '';
  return [...section.matchAll(/^\| `([a-z]+)` \|/gm)].map((row) => row[1] ?? '');
}

function documents() {
  const paths = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && path !== 'glossary.md')
    .map((path) => `docs/${path}`);
  return [...paths, 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
}

test('paths say what they hold', () => {
  expect(unexcused(bannedPaths(sources))).toEqual([]);
});

test('a mask is named by what true means', () => {
  expect(unexcused(bannedNames(sources))).toEqual([]);
});

test('randomness is a parameter', () => {
  expect(unexcused(unseededRandom(sources))).toEqual([]);
});

test('exports have names', () => {
  expect(unexcused(defaultExports(product))).toEqual([]);
});

test('spelling is American, in code and documents', () => {
  const words = wordList();
  expect(words.length).toBeGreaterThan(20);
  const texts = [...sources.filter(({ path }) => path !== 'tests/architecture/names.test.ts'), ...documents()];
  expect(unexcused(britishSpellings(texts, words))).toEqual([]);
});

test('sources and documents use plain words', () => {
  const words = plainWords();
  expect(words.length).toBeGreaterThan(5);
  // The starter's texts are what customers and companies write.
  const written = product.filter(({ path }) => !path.startsWith('scripts/research/starter/'));
  expect(avoidedWords([...written, ...documents()], words)).toEqual([]);
});

test('every exception is still needed and has a reason', () => {
  const found = [...bannedPaths(sources), ...bannedNames(sources), ...unseededRandom(sources)];
  expect(NAME_EXCEPTIONS.filter(({ what, because }) => !found.includes(what) || because.length < 20)).toEqual([]);
});

test('planted names are found', () => {
  expect(avoidedWords([{ path: 'a.ts', text: 'He mended it.\nWe recommend it.' }], ['mend'])).toEqual([
    'a.ts:1: mended',
  ]);
  const plant = (path: string, text = '') => [{ path, text }];
  expect(bannedPaths(plant('src-main/engine/utils/Thing.ts'))).toHaveLength(2);
  expect(bannedPaths(plant('src-main/runs/run-manager.ts'))).toHaveLength(1);
  expect(
    bannedNames(plant('a.ts', 'function f({ mask }: { mask: number }) { const paddingMask = mask; }')),
  ).toHaveLength(2);
  expect(bannedNames(plant('a.ts', 'const responseMask = masked.mask;'))).toEqual([]);
  expect(unseededRandom(plant('a.ts', 'const x = 2 * Math.random();'))).toHaveLength(1);
  expect(defaultExports(plant('a.ts', 'export default 3;'))).toHaveLength(1);
  expect(defaultExports(plant('a.ts', 'export default function f() {}'))).toHaveLength(1);
  expect(britishSpellings(plant('a.ts', 'const\nnormaliseRows = 1'), ['normalis'])).toEqual(['a.ts:2: normalis']);
});
