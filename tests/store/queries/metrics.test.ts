import { expect, test } from 'vitest';
import {
  listKeys,
  readLatest,
  readSeries,
  readTail,
  TAIL_SQL,
  upsertPoints,
} from '../../../src-main/store/queries/metrics.ts';
import { readRun } from '../../../src-main/store/queries/runs.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { addRun } from '../temporary-store.ts';

function filled() {
  const { write } = openMemoryStore();
  const run = addRun(write);
  const put = (step: number, value: number, sequence: number, key = 'loss') =>
    upsertPoints(write, run, { step, points: [{ key, value }], at: 10 * sequence, sequence });
  return { write, run, put };
}

test('equal points computed again stay as they were; others are replaced and told', () => {
  const { write, run, put } = filled();
  expect(put(1, 0.1, 1)).toEqual([]);
  expect(put(1, 0.1, 5)).toEqual([]);
  expect(put(1, 0.2, 6)).toEqual([{ key: 'loss', step: 1, stored: 0.1, computed: 0.2 }]);
  expect(readSeries(write, run, 'loss')).toEqual([{ key: 'loss', step: 1, value: 0.2, at: 60, sequence: 6 }]);
});

test('the smallest difference counts, and no number is lost', () => {
  const { write, run, put } = filled();
  const values = [Number.NaN, Infinity, -Infinity, 0, 5e-324, 0.1 + 0.2, Math.fround(0.1), -1.7976931348623157e308];
  for (const [step, value] of values.entries()) put(step, value, step + 1);
  expect(readSeries(write, run, 'loss').map((row) => row.value)).toEqual(values);
  for (const [step, value] of values.entries()) expect(put(step, value, 100 + step)).toEqual([]);
  expect(put(5, 0.3, 200)).toHaveLength(1);
  expect(put(0, 1, 201)).toHaveLength(1);
});

test('reads the tail by sequence, keys, the newest values, and the last step', () => {
  const { write, run, put } = filled();
  put(1, 1, 1);
  put(2, 2, 2);
  put(2, 20, 3, 'accuracy');
  put(3, 3, 4);
  expect(readTail(write, run, 1, 3).map(({ key, step }) => [key, step])).toEqual([
    ['loss', 2],
    ['accuracy', 2],
  ]);
  expect(listKeys(write, run)).toEqual(['accuracy', 'loss']);
  expect(readLatest(write, run)).toEqual({ loss: 3, accuracy: 20 });
  expect(readRun(write, '20260101-000000-one')?.lastStep).toBe(3);
});

test('the live plot reads by its index', () => {
  const { write } = filled();
  const plan = write.prepare(`EXPLAIN QUERY PLAN ${TAIL_SQL}`).all(1, 0, 10) as { detail: string }[];
  expect(plan.map((row) => row.detail).join('\n')).toContain('USING INDEX metrics_tail');
});
