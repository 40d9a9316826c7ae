import { expect, test } from 'vitest';
import type { StudyEntryState } from '#contract/api/runs/planned-studies.ts';
import { nodesOf } from '../../../src-renderer/pages/study/study-rows.ts';
import { areaBetween } from '../../../src-renderer/plots/plane.ts';

const entry = (node: StudyEntryState['node']): StudyEntryState => ({
  ...{ key: 'apa/seed=1', shared: null, label: 'apa', knobs: {}, seed: 1, run: null, state: 'finished' },
  ...{ step: 1, steps: 1, problem: null, node },
});

test('nodes have letters in the order of the runs, and machines of one name are told apart', () => {
  const [first, second] = [
    { id: 'f00', name: 'vm' },
    { id: 'ba5', name: 'vm' },
  ];
  expect(nodesOf([entry(null), entry(first), entry(second), entry(first)])).toEqual([
    { id: 'f00', letter: 'A', name: 'vm', runs: 2 },
    { id: 'ba5', letter: 'B', name: 'vm', runs: 1 },
  ]);
  expect(nodesOf([entry(null)])).toEqual([]);
  const many = Array.from({ length: 54 }, (_, at) => entry({ id: `n${at}`, name: 'vm' }));
  expect(nodesOf(many).map(({ letter }) => letter)).toEqual(expect.arrayContaining(['Z', 'A1', 'Z1', 'A2', 'B2']));
  expect(new Set(nodesOf(many).map(({ letter }) => letter)).size).toBe(54);
});

test('an area without points is no path, which browsers would refuse', () => {
  expect(areaBetween([], [])).toBe('');
  const upper = [[0, 1] as const, [2, 3] as const];
  expect(areaBetween(upper, [[0, 5] as const, [2, 6] as const])).toBe('M0.0 1.0L2.0 3.0L2.0 6.0L0.0 5.0Z');
});
