import { expect, test } from 'vitest';
import { inTransaction } from '../../../src-main/store/database.ts';
import { upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import {
  POINTS_SQL,
  readClock,
  readExtent,
  readRunningTotal,
  readThinned,
} from '../../../src-main/store/queries/series.ts';
import { readNewest, readSpark } from '../../../src-main/store/queries/spark.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { addRun } from '../temporary-store.ts';

function filled(steps: number, valueAt: (step: number) => number) {
  const { write } = openMemoryStore();
  const run = addRun(write);
  inTransaction(write, () => {
    for (let step = 0; step < steps; step += 1) {
      const points = [{ key: 'loss', value: valueAt(step) }];
      upsertPoints(write, run, { step, points, at: 1_000_000 + 10 * step, sequence: step + 1 });
    }
  });
  return { write, run };
}

test('a long series comes by its outline: extremes, ends and count are those of all its points', () => {
  const steps = 50_000;
  const { write, run } = filled(steps, (step) => (step === 31_415 ? 1000 : step === 27_182 ? -1000 : Math.sin(step)));
  const { steps: kept, values, count } = readThinned(write, run, 'loss', { from: 0, to: steps - 1, buckets: 300 });
  expect(count).toBe(steps);
  expect(kept.length).toBeLessThanOrEqual(603);
  const at = (value: number) => kept[values.indexOf(value)];
  expect([at(1000), at(-1000)]).toEqual([31_415, 27_182]);
  expect([kept.at(-1), values.at(-1)]).toEqual([steps - 1, Math.sin(steps - 1)]);
  for (const [place, step] of kept.entries())
    if (Math.abs(values[place]!) < 1000) expect(values[place]).toBe(Math.sin(step));
});

test('a short range comes as it is, with one point beyond each end', () => {
  const { write, run } = filled(1000, (step) => step / 2);
  const { steps, values } = readThinned(write, run, 'loss', { from: 500, to: 503, buckets: 300 });
  expect([...steps]).toEqual([499, 500, 501, 502, 503, 504]);
  expect([...values]).toEqual([249.5, 250, 250.5, 251, 251.5, 252]);
  expect(readExtent(write, run, 'loss')).toEqual([0, 999]);
  expect(readExtent(write, run, 'nothing')).toBeNull();
});

test('wall time and running totals agree whether read by points or by outline', () => {
  const { write, run } = filled(2000, (step) => (step === 5 ? Number.NaN : 2));
  const all = { from: 0, to: 1999 };
  const clock = readClock(write, run, 'loss', { ...all, buckets: 4000 });
  expect([clock.steps[1234], clock.values[1234]]).toEqual([1234, 1_012_340]);
  const coarse = readClock(write, run, 'loss', { ...all, buckets: 10 });
  expect([...coarse.steps].slice(0, 2)).toEqual([63, 127]);
  expect([...coarse.values].slice(0, 2)).toEqual([1_000_630, 1_001_270]);
  const exact = readRunningTotal(write, run, 'loss', { from: 700, to: 702, buckets: 100 });
  expect(exact.values[exact.steps.indexOf(700)]).toBe(2 * 700);
  const total = readRunningTotal(write, run, 'loss', { ...all, buckets: 10 });
  expect(total.values[total.steps.indexOf(127)]).toBe(2 * 127);
});

test('the outline serves from half a bucket of 64 steps a pixel on', () => {
  const { write, run } = filled(320, () => 1);
  const clockOf = (to: number) => [...readClock(write, run, 'loss', { from: 0, to, buckets: 10 }).steps];
  expect(clockOf(319)).toEqual([63, 127, 191, 255, 319]);
  // 319 steps are less than 32 a pixel: every point, with the one beyond the end.
  expect(clockOf(318)).toEqual(Array.from({ length: 320 }, (_, step) => step));
});

test('a sparkline is the course in means, and the newest value of a key may be NaN', () => {
  const short = filled(4, (step) => [1, 3, Number.NaN, 5][step]!);
  expect([...readSpark(short.write, short.run, 'loss', 40)]).toEqual([1, 3, 5]);
  const long = filled(6400, (step) => Math.floor(step / 3200));
  const spark = readSpark(long.write, long.run, 'loss', 4);
  expect([...spark]).toEqual([0, 0, 1, 1]);
  expect(readNewest(long.write, long.run, ['loss', 'nothing'])).toEqual({ loss: 1 });
});

test('the points of a plot are read by the primary key', () => {
  const { write } = filled(1, () => 0);
  const plan = write.prepare(`EXPLAIN QUERY PLAN ${POINTS_SQL}`).all({ run: 1, key: 'loss', from: 0, to: 9 });
  const text = (plan as { detail: string }[]).map((row) => row.detail).join('\n');
  expect(text).toContain('SEARCH metrics USING PRIMARY KEY (run=? AND key=? AND step>? AND step<?)');
  expect(text).not.toContain('TEMP B-TREE');
});
