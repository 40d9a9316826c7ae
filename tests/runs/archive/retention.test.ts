import { expect, test } from 'vitest';
import { planRemovals } from '../../../src-main/runs/archive/retention.ts';

const checkpoint = (step: number, more: { isBest?: boolean; removedBecause?: string } = {}) => ({
  ...{ step, folder: `/c/${step}`, manifestHash: '', bytes: 10, at: 0, isBest: false, removedBecause: null },
  ...{ bestStep: null as number | null, suspectedSince: null as number | null },
  ...more,
});
const history = [1, 2, 3, 4, 5, 6, 7].map((step) => checkpoint(step, { isBest: step === 2 }));
const NO_LIMIT = Number.POSITIVE_INFINITY;
const plan = (checkpoints: typeof history, keepEvery: number, budgetBytes: number, keepBest = true) =>
  planRemovals(checkpoints, { keepEvery, budgetBytes, keepBest }).map((one) => [one.checkpoint.step, one.because]);

test('best, last and the one before stay', () => {
  expect(plan(history, 0, NO_LIMIT).map(([step]) => step)).toEqual([1, 3, 4, 5]);
  expect(plan(history, 0, NO_LIMIT, false).map(([step]) => step)).toEqual([1, 2, 3, 4, 5]);
});

test('every n-th stays, counted over all that were written', () => {
  expect(plan(history, 3, NO_LIMIT).map(([step]) => step)).toEqual([1, 4, 5]);
  const later = history.map((one) => ([1, 4, 5].includes(one.step) ? { ...one, removedBecause: 'superseded' } : one));
  expect(plan([...later, checkpoint(8), checkpoint(9)], 3, NO_LIMIT).map(([step]) => step)).toEqual([7]);
});

test('over the budget the oldest of the n-th go; best and last never do', () => {
  expect(plan(history, 1, 50)).toEqual([
    [1, 'disk budget'],
    [3, 'disk budget'],
  ]);
  expect(plan(history, 1, 0).map(([step]) => step)).toEqual([1, 3, 4, 5]);
});
