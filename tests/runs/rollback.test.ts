import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Run } from '#contract/api/runs/run-state.ts';
import { listCheckpoints as foldersOf } from '#engine/session/checkpoint/checkpoints.ts';
import { openFindings } from '../../src-main/runs/findings/open-findings.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { abandonAfter, listBranches, readAbandonedSeries } from '../../src-main/store/queries/branches.ts';
import { listChanges, readEvents } from '../../src-main/store/queries/events.ts';
import { readSeries } from '../../src-main/store/queries/metrics.ts';
import { CONFIG, fakeHost, temporaryHome } from './fake-host.ts';

/** Suspected from step 5, found and held after 6; checkpoints at 2, 4, 5 and so on. */
const SICK = { steps: 9, checkpointEvery: 1, sickAt: 5 };
const start = (host: RunHost, doctor = '') =>
  host.start({ config: `${CONFIG}${doctor}`, baseFolder: '/tmp', overrides: [], name: null });

/** Watches until the run is in a state, with as many rollbacks behind it. */
async function until(host: RunHost, id: string, state: Run['state'], branch = 0): Promise<Run> {
  for await (const { run } of host.watch(id, { after: 0, withSamples: false }))
    if (run.state === state && run.branch === branch) return run;
  return host.find(id);
}
const steps = (host: RunHost, run: Run) => readSeries(host.setup.store.read, run.number, 'loss').map((row) => row.step);
const names = (host: RunHost, run: Run) => readEvents(host.setup.store.read, run.number).map((event) => event.name);

test('a held run is paused and says why; the last healthy checkpoint and its best are kept meanwhile', async () => {
  const host = fakeHost(SICK);
  const run = await until(host, start(host).id, 'paused');
  expect(run.pausedBecause).toEqual({ by: 'doctor', why: 'entropy is gone', regime: 'collapse' });
  expect(openFindings(host.setup.store.read, run.number)).toMatchObject([{ regime: 'collapse', since: 5 }]);
  expect(foldersOf(run.folder).map((one) => one.step)).toEqual([2, 4, 5, 6]);
});

test('going back keeps what it gives up under a branch number, goes on with the change and finishes', async () => {
  const host = fakeHost(SICK);
  const held = await until(host, start(host).id, 'paused');
  const changes = [{ path: 'optimizer.learning_rate', value: 0.5 }];
  await host.rollBack(held.id, { step: 'healthy', changes, goOn: true });
  const run = await until(host, held.id, 'finished', 1);
  const { read } = host.setup.store;
  expect(steps(host, run)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(readSeries(read, run.number, 'loss').at(4)?.value).toBe(0.5 / 5);
  expect(readAbandonedSeries(read, run.number, 0, 'loss').map((row) => row.value)).toEqual([1 / 5, 1 / 6]);
  expect(listBranches(read, run.number)).toMatchObject([{ branch: 0, backTo: 4, lastStep: 6 }]);
  expect(listChanges(read, run.number)).toEqual([{ step: 5, ...changes[0] }]);
  expect(openFindings(read, run.number)).toEqual([]);
  expect(names(host, run)).not.toContain('resume_mismatch');
  expect(run.pausedBecause).toBeNull();
});

test('going on anyway is recorded, and a resume does not wait there again', async () => {
  const host = fakeHost(SICK);
  const held = await until(host, start(host).id, 'paused');
  host.command(held.id, { kind: 'resume' });
  const run = await until(host, held.id, 'finished');
  expect(listChanges(host.setup.store.read, run.number)).toEqual([{ step: 7, path: 'doctor.go_on', value: 1 }]);
});

test('with consent the run goes back by itself; without leave to change anything it stops there', async () => {
  const host = fakeHost(SICK);
  const run = await until(host, start(host, 'doctor: { rollback: allow }\n').id, 'stopped', 1);
  expect(steps(host, run)).toEqual([1, 2, 3, 4]);
  expect(foldersOf(run.folder).at(-1)?.step).toBe(4);
});

test('with consent and leave to apply the remedy it goes on with it', async () => {
  const host = fakeHost(SICK);
  const doctor = 'doctor: { rollback: allow, apply_remedy: true }\n';
  const run = await until(host, start(host, doctor).id, 'finished', 1);
  expect(steps(host, run)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(listChanges(host.setup.store.read, run.number)).toEqual([
    { step: 5, path: 'optimizer.learning_rate', value: 0.5 },
  ]);
});

test('a run at rest goes back too, to the start if that is asked; what cannot be is refused with what can', async () => {
  const host = fakeHost(SICK);
  const held = await until(host, start(host).id, 'paused');
  host.stop(held.id);
  const stopped = await until(host, held.id, 'stopped');
  await expect(host.rollBack(stopped.id, { step: 3, changes: [], goOn: false })).rejects.toMatchObject({
    code: 'rollback_missing',
    fix: 'Use one of 0, 2, 4, 5, 6.',
  });
  await host.rollBack(stopped.id, { step: 0, changes: [], goOn: false });
  expect(steps(host, stopped)).toEqual([]);
  expect(foldersOf(stopped.folder)).toEqual([]);
});

test('a host that died between the rows and the folders removes the folders at the next start', async () => {
  const home = temporaryHome();
  const host = fakeHost(SICK, home);
  const held = await until(host, start(host).id, 'paused');
  host.stop(held.id, { now: true });
  const run = await until(host, held.id, 'stopped');
  abandonAfter(host.setup.store.write, run.number, 4, 1);
  mkdirSync(join(run.folder, 'checkpoint-00000008'));
  writeFileSync(join(run.folder, 'checkpoint-00000008', 'manifest.json'), '{}');
  host.resume(run.id);
  await until(host, run.id, 'paused', 1);
  expect(readEvents(host.setup.store.read, run.number).findLast((event) => event.name === 'resumed')?.detail).toEqual({
    from: 4,
  });
});
