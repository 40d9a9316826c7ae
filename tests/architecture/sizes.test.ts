import { expect, test } from 'vitest';
import { SIZE_EXCEPTIONS } from './exceptions.ts';
import { functionsOf, linesOf, quantile } from './sizes.ts';
import { readSources } from './source-tree.ts';

const FILE_LINES = { median: 80, ninetieth: 250, longest: 400 };
const FUNCTION_LINES = { median: 12, longest: 60 };
/** The outer function of a store or composable holds members as a class does. */
const COMPOSABLE_LINES = 120;
/** A recipe's loop counts as its page. */
const PAGE_LINES = 250;
const LOSS_LINES = 80;
const COMPONENT_LINES = 200;

const sources = readSources('src-main', 'src-renderer', 'scripts');
const excused = SIZE_EXCEPTIONS.map(({ what }) => what);
const isRecipe = (what: string) => what.startsWith('src-main/engine/recipes/');
const isLoss = (what: string) => what.startsWith('src-main/engine/update/losses/');

const isComposable = (what: string) =>
  /^src-renderer\/(state|pages\/[^:]*)\/use-[^:]*: (use[A-Z]\w*|\(anonymous\))$/.test(what);

function functionLimit(what: string): number {
  return isComposable(what) ? COMPOSABLE_LINES : FUNCTION_LINES.longest;
}

function fileLimit(what: string): number {
  if (isLoss(what)) return LOSS_LINES;
  if (what.endsWith('.vue')) return COMPONENT_LINES;
  return isRecipe(what) ? PAGE_LINES : FILE_LINES.longest;
}

const oversized = () => [
  ...sources.map(linesOf).filter(({ what, lines }) => lines > fileLimit(what)),
  ...sources.flatMap(functionsOf).filter(({ what, lines }) => lines > functionLimit(what) && !isRecipe(what)),
];

test('no file and no function is longer than a reader can hold', () => {
  expect(oversized().filter(({ what }) => !excused.includes(what))).toEqual([]);
});

test('most files and functions are far below the limits', () => {
  const files = sources.map(linesOf);
  const functions = sources.flatMap(functionsOf);
  expect(quantile(files, 0.5)).toBeLessThanOrEqual(FILE_LINES.median);
  expect(quantile(files, 0.9)).toBeLessThanOrEqual(FILE_LINES.ninetieth);
  expect(quantile(functions, 0.5)).toBeLessThanOrEqual(FUNCTION_LINES.median);
});

test('tests are no longer than other files', () => {
  const long = readSources('tests')
    .map(linesOf)
    .filter(({ lines }) => lines > FILE_LINES.longest);
  expect(long.filter(({ what }) => !excused.includes(what))).toEqual([]);
});

test('every loss names its equation and its shapes', () => {
  const losses = sources.filter(({ path, text }) => isLoss(path) && /export function \w+Loss\b/.test(text));
  expect(losses.length).toBeGreaterThan(5);
  expect(losses.filter(({ text }) => !/\bEq\./.test(text) || !/\bShape/.test(text)).map(({ path }) => path)).toEqual(
    [],
  );
});

test('every exception is still needed and has a reason', () => {
  const found = [...oversized(), ...readSources('tests').map(linesOf)].map(({ what }) => what);
  expect(SIZE_EXCEPTIONS.filter(({ what, because }) => !found.includes(what) || because.length < 20)).toEqual([]);
});

test('planted sizes are measured', () => {
  const body = Array.from({ length: 61 }, (_, index) => `  call(${index});`).join('\n');
  const text = `export function first(): void {\n${body}\n}\nconst second = () => {\n  return 1;\n};\n`;
  const planted = { path: 'planted.ts', text };
  expect(linesOf(planted)).toEqual({ what: 'planted.ts', lines: 66 });
  expect(functionsOf(planted)).toEqual([
    { what: 'planted.ts: first', lines: 63 },
    { what: 'planted.ts: second', lines: 3 },
  ]);
});
