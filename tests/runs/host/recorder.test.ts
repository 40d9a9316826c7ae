import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EngineEvent } from '#engine/protocol.ts';
import { Recorder } from '../../../src-main/runs/host/recorder.ts';
import { openStore } from '../../../src-main/store/open-store.ts';
import { listCheckpoints } from '../../../src-main/store/queries/checkpoints.ts';
import { readEvents } from '../../../src-main/store/queries/events.ts';
import { readSeries } from '../../../src-main/store/queries/metrics.ts';
import { addRun, temporaryFolder } from '../../store/temporary-store.ts';

function recording() {
  const store = openStore(join(temporaryFolder(), 'store.sqlite'));
  const run = addRun(store.write);
  const blocked: (string | null)[] = [];
  const onBlocked = (error: Error | null) => void blocked.push(error && (error as Error & { code: string }).code);
  const onBroken = (error: unknown) => void blocked.push((error as { code: string }).code);
  const recorder = new Recorder({ db: store.write, run, now: () => 5, onChange: () => undefined, onBlocked, onBroken });
  onTestFinished(() => {
    recorder.close();
    store.close();
  });
  const metrics = (step: number, size = 1): EngineEvent => ({
    kind: 'metrics',
    sequence: step,
    step,
    points: Array.from({ length: size }, (_, index) => ({ key: `loss/${index}`, value: step })),
  });
  return { store, run, recorder, blocked, metrics };
}

test('while the disk is full nothing is lost: rows wait, the run is told to hold, and all is written later', () => {
  const { store, run, recorder, blocked, metrics } = recording();
  const pages = Number(store.write.pragma('page_count', { simple: true }));
  store.write.pragma(`max_page_count = ${pages}`);
  for (let step = 1; step <= 150; step += 1) recorder.take(metrics(step, 20));
  expect([recorder.flush(), recorder.flush()]).toEqual([false, false]);
  expect(blocked).toEqual(['store_full']);
  expect(readSeries(store.read, run, 'loss/0')).toEqual([]);
  store.write.pragma('max_page_count = 1000000');
  recorder.take(metrics(151));
  expect(recorder.flush()).toBe(true);
  expect(blocked).toEqual(['store_full', null]);
  expect(readSeries(store.read, run, 'loss/0').map((row) => row.step)).toEqual(
    Array.from({ length: 151 }, (_, i) => i + 1),
  );
  expect(store.write.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('a checkpoint is in the store, and on the disk, when it has been taken', () => {
  const { store, run, recorder, metrics } = recording();
  const FULL = 2;
  const levels: unknown[] = [];
  recorder.take(metrics(1));
  recorder.write((db) => void levels.push(db.pragma('synchronous', { simple: true })));
  expect(readSeries(store.read, run, 'loss/0')).toEqual([]);
  const checkpoint = {
    step: 1,
    folder: '/c',
    manifestHash: 'ab',
    bytes: 1,
    isBest: false,
    bestStep: null,
    suspectedSince: null,
  };
  recorder.take({ kind: 'checkpoint', sequence: 2, checkpoint });
  expect(listCheckpoints(store.read, run).map(({ step }) => step)).toEqual([1]);
  expect(readSeries(store.read, run, 'loss/0').map(({ step }) => step)).toEqual([1]);
  expect(levels).toEqual([FULL]);
});

test('an event that a resumed run tells again is kept once; another one at the same step is kept too', () => {
  const { store, run, recorder } = recording();
  const event = (tensor: string): EngineEvent => ({
    ...{ kind: 'event', sequence: 1, name: 'update_skipped', step: 4, level: 'warning' },
    detail: { tensor },
  });
  for (const tensor of ['loss', 'loss', 'grad']) recorder.take(event(tensor));
  recorder.flush();
  expect(readEvents(store.read, run).map((row) => row.detail)).toEqual([{ tensor: 'loss' }, { tensor: 'grad' }]);
});

test('what a clock measures may differ when a step is computed again; the rest may not', () => {
  const { store, run, recorder } = recording();
  const step = (value: number): EngineEvent => ({
    ...{ kind: 'metrics', sequence: 1, step: 4 },
    points: ['loss', 'time/step', 'system/memory_bytes', 'eps', 'timely'].map((key) => ({ key, value })),
  });
  recorder.take(step(1));
  recorder.flush();
  recorder.take(step(2));
  recorder.flush();
  recorder.flush();
  const told = readEvents(store.read, run).map((row) => [row.name, row.detail.key]);
  expect(told).toEqual([
    ['resume_mismatch', 'loss'],
    ['resume_mismatch', 'timely'],
  ]);
});

test('numbers go on after those that the run has used', () => {
  const { store, run, recorder } = recording();
  recorder.note('first', 'info', {});
  recorder.flush();
  const next = new Recorder({
    db: store.write,
    run,
    now: () => 6,
    onChange: () => undefined,
    onBlocked: () => undefined,
    onBroken: () => undefined,
  });
  next.note('second', 'info', {});
  next.flush();
  expect(readEvents(store.read, run).map((row) => [row.sequence, row.name])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
});

test('a store that is damaged is told once, and takes nothing more', () => {
  const { store, recorder, blocked, metrics } = recording();
  store.write.pragma('wal_checkpoint(TRUNCATE)');
  store.write.unsafeMode();
  store.write.exec('PRAGMA writable_schema = ON');
  store.write.exec("UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'metrics'");
  store.write.exec('PRAGMA writable_schema = RESET');
  recorder.take(metrics(1));
  expect(recorder.flush()).toBe(true);
  recorder.take(metrics(2));
  expect(recorder.flush()).toBe(true);
  expect(blocked).toEqual(['store_corrupted']);
});
