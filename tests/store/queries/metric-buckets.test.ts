import { expect, test } from 'vitest';
import { BUCKETS_SQL, foldBucket, readBuckets } from '../../../src-main/store/queries/metric-buckets.ts';
import { upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { addRun } from '../temporary-store.ts';

/** A series whose extremes, ties and NaN fall on known steps; written out of order, as a resumed run may. */
function filled(values: readonly number[], order = values.map((_, at) => at)) {
  const { write } = openMemoryStore();
  const run = addRun(write);
  const put = (step: number, value: number) =>
    upsertPoints(write, run, { step, points: [{ key: 'loss', value }], at: 100 + step, sequence: step });
  for (const step of order) put(step, values[step]!);
  const rows = () => readBuckets(write, run, 'loss', 0, 1000);
  return { write, run, put, rows };
}

const VALUES = Array.from({ length: 130 }, (_, step) => (step % 10 === 0 ? Number.NaN : ((step * 37) % 101) - 50));

test('a bucket that grew point by point is the one that folding gives', () => {
  for (const order of [VALUES.map((_, at) => at), VALUES.map((_, at) => VALUES.length - 1 - at)]) {
    const { write, run, rows } = filled(VALUES, order);
    const grown = rows();
    expect(grown).toHaveLength(3);
    expect(grown.reduce((sum, { count }) => sum + count, 0)).toBe(130);
    for (const step of [0, 64, 128]) foldBucket(write, run, 1, step);
    expect(rows()).toEqual(grown);
  }
});

test('a point that was replaced takes its old value out of the outline', () => {
  const { put, rows } = filled([1, 9, 2]);
  expect(rows()).toMatchObject([{ high: 9, highStep: 1, total: 12 }]);
  put(1, 0);
  expect(rows()).toMatchObject([{ count: 3, low: 0, lowStep: 1, high: 2, highStep: 2, total: 3, lastStep: 2 }]);
});

test('a bucket of NaN alone has no extremes, and a number later is both', () => {
  const { put, rows } = filled([Number.NaN, Number.NaN]);
  expect(rows()).toMatchObject([{ count: 2, low: null, high: null, total: 0 }]);
  put(2, -4);
  expect(rows()).toMatchObject([{ count: 3, low: -4, lowStep: 2, high: -4, highStep: 2 }]);
});

test('infinite values are extremes and no part of the sum', () => {
  const { write, run, rows } = filled([Infinity, 1, -Infinity, 2]);
  const expected = { count: 4, finite: 2, total: 3, low: -Infinity, lowStep: 2, high: Infinity, highStep: 0 };
  expect(rows()).toMatchObject([expected]);
  foldBucket(write, run, 1, 0);
  expect(rows()).toMatchObject([expected]);
});

test('the outline is read by its primary key', () => {
  const { write } = filled([1]);
  const plan = write.prepare(`EXPLAIN QUERY PLAN ${BUCKETS_SQL}`).all(1, 'loss', 0, 9) as { detail: string }[];
  expect(plan.map((row) => row.detail).join('\n')).toMatch(
    /SEARCH metric_buckets USING PRIMARY KEY \(run=\? AND key=\? AND bucket>\? AND bucket<\?\)/,
  );
});
