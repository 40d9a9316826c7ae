import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { UnstoredEnds } from '../../src-main/runs/host/unstored-ends.ts';
import { readRun } from '../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost, watchAll } from './fake-host.ts';

const PIPELINE = 'recipe: pipeline\nname: two\nstages: { sft: { model: some/model, data: { files: [data.jsonl] } } }\n';

test('a run whose store cannot be written says so, and one stop ends it', async () => {
  const host = fakeHost({ steps: 4000, stepMilliseconds: 20, checkpointEvery: 100_000 });
  const { store, home } = host.setup;
  store.write.pragma('busy_timeout = 10');
  const { id } = host.start({ config: CONFIG, baseFolder: home });
  const other = new Database(store.path);
  onTestFinished(() => void other.close());
  const waits: string[] = [];
  for await (const { run, metrics } of host.watch(id, { after: 0, withSamples: false })) {
    if (metrics.length > 0 && !other.inTransaction) other.exec('BEGIN IMMEDIATE');
    if (run.pausedBecause) waits.push(`${run.state} by ${run.pausedBecause.by}: ${run.pausedBecause.why}`);
    if (run.pausedBecause && waits.length === 1) host.stop(id);
  }
  expect(waits[0]).toBe(
    `paused by store: waiting for the run store: The run store ${store.path} is locked by another process (SQLITE_BUSY: database is locked)`,
  );
  expect(host.find(id)).toMatchObject({
    state: 'interrupted',
    error: { code: 'run_not_stored', why: expect.stringContaining(`the store ${store.path} could not be written`) },
  });
  other.exec('ROLLBACK');
  await expect.poll(() => readRun(store.read, id)?.state, { timeout: 10_000 }).toBe('interrupted');
});

test('a run whose own account of itself has no room waits for it', async () => {
  const host = fakeHost({ steps: 3 });
  const { id, folder } = host.start({ config: CONFIG, baseFolder: host.setup.home });
  const partial = join(folder, 'run.json.partial');
  symlinkSync('/dev/full', partial);
  let why = '';
  for await (const { run } of host.watch(id, { after: 0, withSamples: false })) {
    if (!run.pausedBecause) continue;
    why = run.pausedBecause.why;
    rmSync(partial, { force: true });
  }
  expect(why).toMatch(/^waiting for disk: .* for .*run\.json$/);
  expect(host.find(id).state).toBe('finished');
});

test('a pipeline whose end has no room is closed once it has, and a resume finishes it', async () => {
  const host = fakeHost({ steps: 3 });
  const { id, folder } = host.start({ config: PIPELINE, baseFolder: host.setup.home });
  const partial = join(folder, 'run.json.partial');
  symlinkSync('/dev/full', partial);
  const shown = (await watchAll(host, id)).at(-1)?.run;
  expect([shown?.state, shown?.error?.code]).toEqual(['interrupted', 'run_not_stored']);
  rmSync(partial);
  await expect.poll(() => readRun(host.setup.store.read, id)?.state, { timeout: 10_000 }).toBe('interrupted');
  await expect.poll(() => host.activeRuns()).toEqual([]);
  host.resume(id);
  expect((await watchAll(host, id)).at(-1)?.run.state).toBe('finished');
});

test('a run that has ended in its store is left as it is', async () => {
  const host = fakeHost({ steps: 3 });
  const { id } = host.start({ config: CONFIG, baseFolder: host.setup.home });
  await watchAll(host, id);
  const ends = new UnstoredEnds(host.setup);
  ends.add(id, { code: 'run_not_stored', why: 'w', fix: 'f', kind: 'expected' });
  await expect.poll(() => ends.errorOf(id), { timeout: 10_000 }).toBe(null);
  expect(readRun(host.setup.store.read, id)?.state).toBe('finished');
});
