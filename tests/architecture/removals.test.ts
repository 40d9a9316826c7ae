import { expect, test } from 'vitest';
import { recursiveRemovals } from './removals.ts';
import { readSources } from './source-tree.ts';

const REMOVER = 'src-main/disk/remove-below.ts';

test('one function removes folders, and it judges by real paths', () => {
  const found = recursiveRemovals(readSources('src-main', 'src-renderer'));
  expect(found.filter((place) => !place.startsWith(`${REMOVER}:`))).toEqual([]);
  expect(found).toHaveLength(1);
});

test('planted removals are found', () => {
  const text = [
    "rmSync('a', { recursive: true });",
    "await fs.rm('a', { force: true, recursive: isWhole });",
    "rmSync('a', { force: true });",
    "mkdirSync('a', { recursive: true });",
  ].join('\n');
  expect(recursiveRemovals([{ path: 'planted.ts', text }])).toEqual(['planted.ts:1', 'planted.ts:2']);
});
