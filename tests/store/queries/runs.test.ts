import { expect, test } from 'vitest';
import { describeAttempt, endAttempt, insertAttempt, listAttempts } from '../../../src-main/store/queries/attempts.ts';
import {
  hasEvent,
  insertEvent,
  lastSequence,
  listChanges,
  readEvents,
  upsertChange,
} from '../../../src-main/store/queries/events.ts';
import {
  listArtifacts,
  listDependents,
  listInputs,
  upsertArtifact,
  upsertInput,
} from '../../../src-main/store/queries/lineage.ts';
import {
  deleteRun,
  endRun,
  insertRun,
  listRuns,
  listStages,
  readConfig,
  readRun,
  runsInState,
  setRunning,
} from '../../../src-main/store/queries/runs.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { addRun } from '../temporary-store.ts';

const place = {
  device: 'default',
  folder: '/f',
  baseFolder: '/b',
  recipe: 'sft',
  configGiven: 'a: 1',
  config: { a: 1 },
};

test('a run goes from queued to its end; runs are in the order in which they were made, whatever the clock said', () => {
  const { write } = openMemoryStore();
  const first = insertRun(write, {
    ...place,
    id: '20300101-000000-late',
    name: 'late',
    parent: null,
    stage: null,
    createdAt: 9,
  });
  insertRun(write, { ...place, id: '20200101-000000-early', name: 'early', parent: null, stage: null, createdAt: 1 });
  expect(listRuns(write).map((run) => run.name)).toEqual(['early', 'late']);
  expect(readConfig(write, first)).toEqual({ given: 'a: 1', resolved: { a: 1 } });
  setRunning(write, first, 20);
  expect(runsInState(write, ['running', 'paused']).map((run) => run.name)).toEqual(['late']);
  const error = { code: 'c', why: 'w', fix: 'f', kind: 'expected' as const };
  endRun(write, first, { state: 'failed', at: 30, summary: null, error });
  expect(readRun(write, '20300101-000000-late')).toMatchObject({
    state: 'failed',
    startedAt: 20,
    finishedAt: 30,
    error,
  });
  setRunning(write, first, 40);
  expect(readRun(write, '20300101-000000-late')).toMatchObject({ state: 'running', startedAt: 20, error: null });
  expect(readRun(write, 'none')).toBe(null);
});

test('deleting a pipeline deletes its stages; numbers are not used again', () => {
  const { write } = openMemoryStore();
  const parent = addRun(write, '20260101-000000-all');
  insertRun(write, {
    ...place,
    id: '20260101-000001-sft',
    name: 's',
    parent: '20260101-000000-all',
    stage: 'sft',
    createdAt: 2,
  });
  expect(listStages(write, '20260101-000000-all').map((run) => run.stage)).toEqual(['sft']);
  deleteRun(write, parent);
  expect(listRuns(write)).toEqual([]);
  expect(addRun(write)).toBe(3);
});

test('attempts, events, changes and lineage come back as they went in', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  const number = insertAttempt(write, run, {
    enginePid: 4,
    resumedFrom: null,
    environment: { node: '24' },
    startedAt: 1,
  });
  describeAttempt(write, run, number, { device: 'cpu' }, { threads: 2 });
  endAttempt(write, run, number, 9, 'killed');
  expect(insertAttempt(write, run, { enginePid: 5, resumedFrom: 4, environment: {}, startedAt: 10 })).toBe(2);
  expect(listAttempts(write, run)[0]).toEqual({
    ...{ number: 1, enginePid: 4, resumedFrom: null, startedAt: 1, endedAt: 9, cause: 'killed' },
    ...{ networkCalls: null, openSockets: null },
    ...{ device: { device: 'cpu' }, settings: { threads: 2 }, environment: { node: '24' } },
  });
  const event = { sequence: 6, at: 1, step: 3, level: 'warning' as const, name: 'nan', detail: { tensor: 'loss' } };
  insertEvent(write, run, event);
  expect(readEvents(write, run, 5)).toEqual([event]);
  expect([
    hasEvent(write, run, 'nan', 3, { tensor: 'loss' }),
    hasEvent(write, run, 'nan', 4, { tensor: 'loss' }),
  ]).toEqual([true, false]);
  expect(lastSequence(write, run)).toBe(6);
  upsertChange(write, run, { step: 5, path: 'lr', value: 1 }, 1);
  upsertChange(write, run, { step: 5, path: 'lr', value: 2 }, 2);
  expect(listChanges(write, run)).toEqual([{ step: 5, path: 'lr', value: 2 }]);
  const made = { kind: 'policy' as const, tag: 'best', folder: '/p', detail: { step: 3 } };
  upsertArtifact(write, run, made, 1);
  expect(listArtifacts(write, run)).toEqual([made]);
  const input = { role: 'model', path: '/m', sha256: 'ab', bytes: 1, rows: null, sourceRun: 'other', detail: {} };
  upsertInput(write, run, input);
  expect(listInputs(write, run)).toEqual([input]);
  expect(listDependents(write, 'other')).toEqual(['20260101-000000-one']);
});

test('what JSON has no word for comes back from the details of events, artifacts and ends', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  const detail = { value: Number.NaN, threshold: Number.POSITIVE_INFINITY, list: [Number.NEGATIVE_INFINITY, 0.1] };
  insertEvent(write, run, { sequence: 1, at: 1, step: 2, level: 'info', name: 'doctor', detail });
  upsertArtifact(write, run, { kind: 'policy', tag: 'last', folder: '/f', detail }, 1);
  endRun(write, run, { state: 'finished', at: 30, summary: detail, error: null });
  expect(readEvents(write, run).map((event) => event.detail)).toEqual([detail]);
  expect(hasEvent(write, run, 'doctor', 2, detail)).toBe(true);
  expect(listArtifacts(write, run).map((artifact) => artifact.detail)).toEqual([detail]);
  expect(listRuns(write)[0]?.summary).toEqual(detail);
});
