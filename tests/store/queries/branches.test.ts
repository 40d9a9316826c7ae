import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../src-main/store/open-store.ts';
import {
  abandonAfter,
  listAbandonedKeys,
  listBranches,
  markCleaned,
  readAbandonedSeries,
  uncleanedStep,
} from '../../../src-main/store/queries/branches.ts';
import { listCheckpoints, upsertCheckpoint } from '../../../src-main/store/queries/checkpoints.ts';
import {
  hasEvent,
  insertEvent,
  listChanges,
  readEvents,
  upsertChange,
} from '../../../src-main/store/queries/events.ts';
import { readBuckets } from '../../../src-main/store/queries/metric-buckets.ts';
import { readSeries, upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import { readRun } from '../../../src-main/store/queries/runs.ts';
import { addRun, temporaryFolder } from '../temporary-store.ts';

/** Steps 1 to 6 with a metric, an event and a change each, checkpoints at 2, 4 and 6; the best was 2, then 6. */
function filled() {
  const store = openStore(join(temporaryFolder(), 'store.sqlite'));
  const db = store.write;
  const run = addRun(db);
  for (let step = 1; step <= 6; step += 1) {
    upsertPoints(db, run, { step, points: [{ key: 'loss', value: step }], at: step, sequence: step });
    insertEvent(db, run, { sequence: 10 + step, at: step, step, level: 'info', name: 'told', detail: { step } });
    upsertChange(db, run, { step, path: 'optimizer.learning_rate', value: 1 / step }, step);
    const isBest = step === 2 || step === 6;
    const checkpoint = { step, folder: `/c/${step}`, manifestHash: 'ab', bytes: 1, isBest, bestStep: step < 6 ? 2 : 6 };
    if (step % 2 === 0) upsertCheckpoint(db, run, checkpoint, step, 20 + step);
  }
  return { db, run };
}

test('the series, the changes and the checkpoints end at the step; what came after is kept under its branch', () => {
  const { db, run } = filled();
  expect(abandonAfter(db, run, 4, 99)).toBe(0);
  expect(readSeries(db, run, 'loss').map((row) => row.step)).toEqual([1, 2, 3, 4]);
  expect(readBuckets(db, run, 'loss', 0, 63)).toMatchObject([{ count: 4, total: 10, high: 4, lastStep: 4 }]);
  expect(listChanges(db, run).map((change) => change.step)).toEqual([1, 2, 3, 4]);
  expect(listCheckpoints(db, run).map((one) => [one.step, one.isBest])).toEqual([
    [2, true],
    [4, false],
  ]);
  expect(readRun(db, '20260101-000000-one')).toMatchObject({ branch: 1, lastStep: 4 });
  expect(listBranches(db, run)).toEqual([{ branch: 0, backTo: 4, lastStep: 6, at: 99 }]);
  expect(listAbandonedKeys(db, run, 0)).toEqual(['loss']);
  expect(readAbandonedSeries(db, run, 0, 'loss').map((row) => [row.step, row.value])).toEqual([
    [5, 5],
    [6, 6],
  ]);
});

test('events stay in their order and carry the branch; told again on the new one, they count as new', () => {
  const { db, run } = filled();
  abandonAfter(db, run, 4, 99);
  expect(readEvents(db, run).map((event) => event.branch)).toEqual([undefined, undefined, undefined, undefined, 0, 0]);
  expect(hasEvent(db, run, 'told', 4, { step: 4 })).toBe(true);
  expect(hasEvent(db, run, 'told', 5, { step: 5 })).toBe(false);
});

test('the same steps may be given up twice, from the start too', () => {
  const { db, run } = filled();
  abandonAfter(db, run, 4, 99);
  upsertPoints(db, run, { step: 5, points: [{ key: 'loss', value: Number.NaN }], at: 7, sequence: 40 });
  expect(abandonAfter(db, run, 0, 100)).toBe(1);
  expect(readSeries(db, run, 'loss')).toEqual([]);
  expect(readBuckets(db, run, 'loss', 0, 63)).toEqual([]);
  expect(readAbandonedSeries(db, run, 1, 'loss').at(-1)?.value).toBeNaN();
  expect(uncleanedStep(db, run)).toBe(0);
  markCleaned(db, run);
  expect(uncleanedStep(db, run)).toBeNull();
});
