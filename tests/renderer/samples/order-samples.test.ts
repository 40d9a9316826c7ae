import { expect, test } from 'vitest';
import { orderSamples, pairWithStart } from '../../../src-renderer/pages/samples/order-samples.ts';

const sample = (promptIndex: number, response: string, score: number, more: object = {}) => ({
  promptIndex,
  prompt: `Prompt ${promptIndex}`,
  response,
  score,
  ids: [],
  tokens: [],
  logprobs: [],
  refLogprobs: [],
  kl: [],
  values: [],
  advantages: [],
  rewards: [],
  judge: null,
  totals: null,
  endedByStop: true,
  step: 5,
  sequence: 1,
  ...more,
});
const start = [sample(0, 'same', 1), sample(1, 'old', 3), sample(2, 'cut', 0)];
const now = [
  sample(0, 'same', 1),
  sample(1, 'New words', 2),
  sample(2, 'cut', Number.NaN, { endedByStop: false }),
  sample(3, 'alone', 9),
];
const rows = pairWithStart(now, start);
const indices = (by: object) =>
  orderSamples(rows, { order: 'prompt', filter: 'all', search: '', ...by }).map((row) => row.now.promptIndex);

test('orders, with what has no number at the end', () => {
  expect(indices({ order: 'best' })).toEqual([3, 1, 0, 2]);
  expect(indices({ order: 'loss' })).toEqual([1, 0, 2, 3]);
  expect(indices({ order: 'long' })).toEqual([1, 3, 0, 2]);
});

test('filters and search', () => {
  expect(indices({ filter: 'changed' })).toEqual([1]);
  expect(indices({ filter: 'cut' })).toEqual([2]);
  expect(indices({ filter: 'worse' })).toEqual([1]);
  expect(indices({ search: ' new WORDS ' })).toEqual([1]);
  expect(indices({ search: 'prompt 3' })).toEqual([3]);
});
