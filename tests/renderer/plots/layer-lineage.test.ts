import { expect, test } from 'vitest';
import type { Lineage, LineageNode } from '#contract/api/run-archive.ts';
import { layerLineage } from '../../../src-renderer/plots/layer-lineage.ts';

const node = (id: string): LineageNode => ({
  id,
  kind: 'run',
  label: id,
  note: '',
  run: null,
  recipe: null,
  state: null,
  path: null,
  sha256: null,
  isMissing: false,
});

function lineage(ids: string, edges: readonly string[]): Lineage {
  const pairs = edges.map((pair) => ({ from: pair[0] ?? '', to: pair[1] ?? '', role: '' }));
  return { run: ids[0] ?? '', nodes: [...ids].map(node), edges: pairs };
}

/** Ids by column from left to right, each column from top to bottom. */
function columns(given: Lineage): readonly string[] {
  const { nodes } = layerLineage(given);
  const byLeft = Map.groupBy(nodes, ({ x }) => x);
  const lefts = [...byLeft.keys()].sort((one, other) => one - other);
  const inOrder = (left: number) => (byLeft.get(left) ?? []).toSorted((one, other) => one.y - other.y);
  return lefts.map((left) =>
    inOrder(left)
      .map((placed) => placed.node.id)
      .join(''),
  );
}

test('what comes later stands further right; a source stands right before its first use', () => {
  // a → b → c → d, and e, which only d needs.
  expect(columns(lineage('abcde', ['ab', 'bc', 'cd', 'ed']))).toEqual(['a', 'b', 'ce', 'd']);
  // The longest way counts: c needs a and b, b needs a.
  expect(columns(lineage('abc', ['ac', 'ab', 'bc']))).toEqual(['a', 'b', 'c']);
});

test('within a column nodes stand in the order of what they come from', () => {
  expect(columns(lineage('abcd', ['ad', 'bc']))).toEqual(['ab', 'dc']);
});

test('no two nodes overlap, edges join what they name, and a circle ends', () => {
  const picture = layerLineage(lineage('abcdef', ['ab', 'ac', 'bd', 'cd', 'de', 'fe']));
  const places = picture.nodes.map(({ x, y }) => `${x} ${y}`);
  expect(new Set(places).size).toBe(6);
  expect(picture.edges.every(({ from, to }) => from.x < to.x)).toBe(true);
  expect(picture.edges).toHaveLength(6);
  expect(layerLineage(lineage('ab', ['ab', 'ba'])).nodes).toHaveLength(2);
});
