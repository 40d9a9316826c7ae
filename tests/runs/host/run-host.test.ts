import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { inTransaction } from '../../../src-main/store/database.ts';
import { listAttempts } from '../../../src-main/store/queries/attempts.ts';
import { listCheckpoints } from '../../../src-main/store/queries/checkpoints.ts';
import { listChanges, readEvents } from '../../../src-main/store/queries/events.ts';
import { listArtifacts, listInputs } from '../../../src-main/store/queries/lineage.ts';
import { readSeries } from '../../../src-main/store/queries/metrics.ts';
import { listStages, readConfig, setRunning } from '../../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../fake-host.ts';

const request = { config: CONFIG, baseFolder: process.cwd() };

function losses(host: RunHost, number: number): readonly (readonly [number, number])[] {
  return readSeries(host.setup.store.read, number, 'loss').map(({ step, value }) => [step, value] as const);
}

const FULL = [1, 2, 3, 4, 5, 6].map((step) => [step, 1 / step] as const);

function eventNames(host: RunHost, number: number): readonly string[] {
  return readEvents(host.setup.store.read, number).map((event) => event.name);
}

describe('a run', () => {
  test('streams its metrics, checkpoints and end into the store and to a watcher', async () => {
    const host = fakeHost({ steps: 6 });
    const run = host.start(request);
    const batches = await watchAll(host, run.id);
    const told = batches.flatMap((batch) => batch.metrics).filter((row) => row.key === 'loss');
    expect(told.map(({ step, value }) => [step, value])).toEqual(FULL);
    expect(batches.at(-1)?.run).toMatchObject({ state: 'finished', recipe: 'sft', summary: { steps: 6 } });
    const { read } = host.setup.store;
    expect(listArtifacts(read, run.number)).toMatchObject([{ kind: 'policy', tag: 'last' }]);
    expect(listInputs(read, run.number)).toMatchObject([{ role: 'data.files', sha256: 'ab' }]);
    expect(listAttempts(read, run.number)).toMatchObject([{ number: 1, cause: 'finished', settings: { threads: 1 } }]);
    expect(readdirSync(run.folder).sort()).toContain('config.yaml');
  });

  test('keeps best, last and the one before; the others are listed as removed', async () => {
    const host = fakeHost({ steps: 10 });
    const run = host.start(request);
    await watchAll(host, run.id);
    const rows = listCheckpoints(host.setup.store.read, run.number);
    expect(rows.map((row) => [row.step, row.isBest, row.removedBecause])).toEqual([
      [2, true, null],
      [4, false, 'superseded'],
      [6, false, 'superseded'],
      [8, false, null],
      [10, false, null],
    ]);
    expect(rows.map((row) => existsSync(row.folder))).toEqual([true, false, false, true, true]);
    expect(eventNames(host, run.number).filter((name) => name === 'checkpoint_removed')).toHaveLength(2);
  });

  test('goes on after SIGKILL of its engine from the last checkpoint, with equal rows', async () => {
    const host = fakeHost({ steps: 6, at: 5, fault: 'kill' });
    const run = host.start(request);
    const last = (await watchAll(host, run.id)).at(-1)?.run;
    expect(last).toMatchObject({ state: 'interrupted', error: { code: 'engine_killed' } });
    host.resume(run.id);
    expect((await watchAll(host, run.id)).at(-1)?.run.state).toBe('finished');
    expect(losses(host, run.number)).toEqual(FULL);
    expect(eventNames(host, run.number)).not.toContain('resume_mismatch');
    expect(listAttempts(host.setup.store.read, run.number).map((attempt) => attempt.resumedFrom)).toEqual([null, 4]);
  });

  test('an engine whose message cannot be read is ended, and that is told as a fault of Keel', async () => {
    const host = fakeHost({ steps: 6, at: 3, fault: 'nonsense' });
    const run = host.start(request);
    const last = (await watchAll(host, run.id)).at(-1)?.run;
    expect(last).toMatchObject({ state: 'interrupted', error: { code: 'engine_bug' } });
    expect(last?.error?.why).toContain('(metrics message, points.0.value: Expected a number.)');
  });

  test('tells when a resumed run does not repeat itself', async () => {
    const host = fakeHost({ steps: 6, at: 6, fault: 'abort', checkpointEvery: 4, drift: 0.5 });
    const run = host.start(request);
    expect((await watchAll(host, run.id)).at(-1)?.run.error?.code).toBe('engine_crashed');
    host.resume(run.id);
    await watchAll(host, run.id);
    const mismatches = readEvents(host.setup.store.read, run.number).filter(
      (event) => event.name === 'resume_mismatch',
    );
    expect(mismatches).toMatchObject([{ step: 5, detail: { key: 'loss', stored: 0.2, computed: 0.7 } }]);
  });

  test('a damaged newest checkpoint is passed over', async () => {
    const host = fakeHost({ steps: 6, at: 5, fault: 'fail' });
    const run = host.start(request);
    expect((await watchAll(host, run.id)).at(-1)?.run).toMatchObject({
      state: 'failed',
      error: { code: 'loss_not_finite' },
    });
    rmSync(join(run.folder, 'checkpoint-00000004', 'manifest.json'));
    host.resume(run.id);
    await watchAll(host, run.id);
    expect(listAttempts(host.setup.store.read, run.number).at(-1)?.resumedFrom).toBe(2);
    expect(eventNames(host, run.number)).toContain('checkpoint_rejected');
    expect(losses(host, run.number)).toEqual(FULL);
  });

  test('keeps what each engine told of the closed network, an attempt as a warning', async () => {
    const host = fakeHost({ steps: 2, networkCalls: 1 });
    const run = host.start(request);
    await watchAll(host, run.id);
    const { read } = host.setup.store;
    expect(listAttempts(read, run.number)).toMatchObject([{ networkCalls: 1, openSockets: 0 }]);
    const refused = readEvents(read, run.number).filter((event) => event.name === 'network_refused');
    expect(refused).toMatchObject([{ level: 'warning', detail: { api: 'globalThis.fetch', calls: 1 } }]);
  });

  test('an engine that falls silent is ended and said to hang', async () => {
    const limits = { starting: 20, working: 0.5, compiling: 1 };
    const host = fakeHost({ at: 2, fault: 'silence' }, temporaryHome(), limits);
    const run = host.start(request);
    expect((await watchAll(host, run.id)).at(-1)?.run.error?.code).toBe('engine_hung');
  });
});

describe('from outside', () => {
  test('stops with a checkpoint, and a change by hand is kept and replayed', async () => {
    const host = fakeHost({ steps: 40, stepMilliseconds: 20 });
    const run = host.start(request);
    host.set(run.id, { path: 'optimizer.learning_rate', value: 0.5 });
    for await (const batch of host.watch(run.id, { after: 0, withSamples: false })) {
      if (batch.metrics.length > 0) host.stop(run.id);
    }
    expect(host.find(run.id).state).toBe('stopped');
    expect(listChanges(host.setup.store.read, run.number)).toMatchObject([
      { path: 'optimizer.learning_rate', value: 0.5 },
    ]);
    host.resume(run.id);
    await watchAll(host, run.id);
    expect(losses(host, run.number)).toEqual(Array.from({ length: 40 }, (_, i) => [i + 1, 0.5 / (i + 1)]));
  });

  test('pauses, says so, and goes on', async () => {
    const host = fakeHost({ steps: 30, stepMilliseconds: 5 });
    const run = host.start(request);
    host.command(run.id, { kind: 'pause' });
    const states: string[] = [];
    for await (const batch of host.watch(run.id, { after: 0, withSamples: false })) {
      states.push(batch.run.state);
      if (batch.run.state === 'paused') host.command(run.id, { kind: 'resume' });
    }
    expect(states).toContain('paused');
    expect(states.at(-1)).toBe('finished');
  });

  test('runs wait for their device, one after the other; a queued run can be taken back', async () => {
    const host = fakeHost({ steps: 5, stepMilliseconds: 20 });
    const [first, second, third] = [host.start(request), host.start(request), host.start(request)];
    host.stop(second.id);
    await Promise.all([watchAll(host, first.id), watchAll(host, third.id)]);
    const { read } = host.setup.store;
    const [a, b] = [host.find(first.id), host.find(third.id)];
    expect(listAttempts(read, second.number)).toEqual([]);
    expect(host.find(second.id).state).toBe('stopped');
    expect(b.startedAt).toBeGreaterThanOrEqual(a.finishedAt ?? Number.POSITIVE_INFINITY);
    expect([a.id, host.find(second.id).id, b.id].map((id) => id.slice(15))).toContain('-tiny');
  });

  test('refuses what cannot be: an unknown run, a run under way, a run that others were built on', async () => {
    const host = fakeHost({ steps: 4, stepMilliseconds: 30 });
    const run = host.start(request);
    expect(() => host.find('nope')).toThrow(expect.objectContaining({ code: 'run_unknown' }));
    expect(() => host.remove(run.id)).toThrow(expect.objectContaining({ code: 'run_active' }));
    expect(() => host.resume(run.id)).toThrow(expect.objectContaining({ code: 'run_active' }));
    await watchAll(host, run.id);
    expect(() => host.resume(run.id)).toThrow(expect.objectContaining({ code: 'run_finished' }));
    expect(() => host.command(run.id, { kind: 'pause' })).toThrow(expect.objectContaining({ code: 'run_inactive' }));
    const child = host.start({ ...request, config: CONFIG.replace('some/model', `run:${run.id}/policy`) });
    await watchAll(host, child.id);
    expect(listInputs(host.setup.store.read, child.number)).toContainEqual(
      expect.objectContaining({ role: 'model', sourceRun: run.id, path: join(run.folder, 'policy') }),
    );
    expect(() => host.remove(run.id)).toThrow(expect.objectContaining({ code: 'run_in_use' }));
    expect(host.remove(run.id, { force: true, now: true })).toMatchObject({ removed: [run.id], isRestorable: false });
    expect(existsSync(run.folder)).toBe(false);
  });

  test('a reference that leads nowhere fails the run with every fault', async () => {
    const host = fakeHost({});
    const run = host.start({ ...request, config: CONFIG.replace('some/model', 'run:20260101-000000-gone/policy') });
    const last = (await watchAll(host, run.id)).at(-1)?.run;
    expect(last).toMatchObject({ state: 'failed', error: { code: 'reference_unknown', faults: [{ where: 'model' }] } });
  });

  test('a config names a run as the command line does; the full id is what is stored', async () => {
    const host = fakeHost({ steps: 2 });
    const base = host.start({ ...request, name: 'first try' });
    await watchAll(host, base.id);
    const named = (model: string) => host.start({ ...request, config: CONFIG.replace('some/model', model) });
    const child = named('run:first-try/policy@last');
    const other = named('run:nothing-like-it/policy');
    const model = ({ number }: typeof child) => readConfig(host.setup.store.read, number).resolved.model;
    expect([model(child), model(other)]).toEqual([`run:${base.id}/policy@last`, 'run:nothing-like-it/policy']);
    await watchAll(host, child.id);
    expect(listInputs(host.setup.store.read, child.number)).toContainEqual(
      expect.objectContaining({ role: 'model', sourceRun: base.id }),
    );
    await watchAll(host, other.id);
    named('run:latest/policy');
    const day = base.id.slice(0, 6);
    const both = named(`run:${day}/policy`);
    expect((await watchAll(host, both.id)).at(-1)?.run.error?.why).toContain(`${day} matches several runs`);
  });

  test('a host that died leaves its runs interrupted, and they can be resumed', async () => {
    const home = temporaryHome();
    const host = fakeHost({ steps: 200, stepMilliseconds: 20 }, home);
    const run = host.start(request);
    for await (const batch of host.watch(run.id, { after: 0, withSamples: false })) if (batch.metrics.length > 0) break;
    const next = fakeHost({ steps: 6 }, home);
    expect(next.find(run.id)).toMatchObject({ state: 'interrupted', error: { code: 'host_ended' } });
    await host.idle();
    const [attempt] = listAttempts(next.setup.store.read, run.number);
    expect(losses(next, run.number).length).toBeLessThan(200);
    expect(() => process.kill(attempt?.enginePid ?? 0, 0)).toThrow('ESRCH');
  });
});

test('runs that only waited outlive their host: they stay queued, in their order, until a host that stays takes over', async () => {
  const home = temporaryHome();
  const host = fakeHost({ steps: 200, stepMilliseconds: 20 }, home);
  const first = host.start(request);
  for await (const batch of host.watch(first.id, { after: 0, withSamples: false })) if (batch.metrics.length > 0) break;
  // As the first host leaves them while they wait: the state of a pipeline is then that of its stage.
  const made = (recipe: string, name: string, config: object, place = {}) =>
    host.create({
      recipe,
      name,
      config: config as never,
      configGiven: JSON.stringify(config),
      baseFolder: '/',
      ...place,
    });
  const sft = { recipe: 'sft', model: 'm', data: { files: ['d'] } };
  const second = made('sft', 'second', sft);
  const whole = { recipe: 'pipeline', stages: { sft: { model: 'm', data: { files: ['d'] } } } };
  const { write } = host.setup.store;
  const madePipeline = (name: string) => {
    const pipeline = made('pipeline', name, whole);
    inTransaction(write, () => setRunning(write, pipeline.number, 1));
    return { pipeline, stage: made('sft', `${name}-sft`, sft, { parent: pipeline.id, stage: 'sft' }) };
  };
  const { pipeline, stage } = madePipeline('whole');
  const [deleted, dropped] = [madePipeline('deleted'), madePipeline('dropped')];
  const next = fakeHost({ steps: 3 }, home);
  const states = () => [first, second, pipeline].map(({ id }) => next.find(id).state);
  expect(states()).toEqual(['interrupted', 'queued', 'queued']);
  expect(next.activeRuns()).toEqual([]);
  const rollback = next.rollBack(second.id, { step: 0, changes: [], goOn: false });
  await expect(rollback).rejects.toMatchObject({ code: 'run_active' });
  // What leaves the queue by hand does so with its stages, and is not started from the trash.
  next.remove(deleted.pipeline.id);
  next.stop(dropped.pipeline.id);
  await host.idle();
  next.takeUpQueue();
  const third = next.start({ ...request, name: 'third' });
  await next.idle();
  expect(states()).toEqual(['interrupted', 'finished', 'finished']);
  expect(next.find(stage.id).state).toBe('finished');
  const startedAt = [second, third].map(({ id }) => next.find(id).startedAt!);
  expect(startedAt[0]).toBeLessThan(startedAt[1]!);
  next.restore(deleted.pipeline.id);
  const left = [deleted, dropped].flatMap((one) => [one.pipeline.id, one.stage.id]);
  expect(left.map((id) => next.find(id).state)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
});

test('an order that was chosen is stored for the next host; what is queued later, or again, comes last', async () => {
  const host = fakeHost({ steps: 200, stepMilliseconds: 20 });
  const first = host.start(request);
  const [second, third, fourth] = ['second', 'third', 'fourth'].map((name) => host.start({ ...request, name }).id);
  for await (const batch of host.watch(first.id, { after: 0, withSamples: false })) if (batch.metrics.length > 0) break;
  expect(host.queue.move(fourth!, second!)).toEqual([fourth, second, third]);
  const fifth = host.start({ ...request, name: 'fifth' }).id;
  const left = () => host.queue.stored().map(({ id }) => id);
  expect(left()).toEqual([fourth, second, third, fifth]);
  host.stop(fourth!);
  expect(left()).toEqual([second, third, fifth]);
  for (const run of [second, third, fifth]) host.stop(run!);
  host.stop(first.id);
  await host.idle();
  const again = fakeHost({ steps: 200, stepMilliseconds: 20 }, host.setup.home);
  again.requeue(again.find(third!));
  again.requeue(again.find(second!));
  again.requeue(again.find(fourth!));
  expect(again.queue.stored().map(({ id }) => id)).toEqual([second, third, fourth]);
});

describe('a pipeline', () => {
  const config = `
recipe: pipeline
name: two
stages:
  sft: { model: some/model, data: { files: [data.jsonl] } }
  reward_model: { model: "stage:sft/policy", data: { files: [pairs.jsonl] } }
`;

  test('hands on what its stages make', async () => {
    const host = fakeHost({ steps: 4 });
    const pipeline = host.start({ ...request, config });
    const last = (await watchAll(host, pipeline.id)).at(-1)?.run;
    expect(last).toMatchObject({ state: 'finished', recipe: 'pipeline', error: null });
    const summary = last?.summary as Record<string, { run: string; model: string }>;
    expect(Object.keys(summary)).toEqual(['sft', 'reward_model']);
    expect(summary.reward_model?.model).toBe(`run:${summary.sft?.run}/policy`);
    expect(host.find(summary.sft?.run ?? '')).toMatchObject({ parent: pipeline.id, stage: 'sft' });
  });

  test('goes on at the stage that broke, and makes no stage twice', async () => {
    const host = fakeHost({ steps: 4, at: 3, fault: 'kill' });
    const pipeline = host.start({ ...request, config });
    const states: (string | undefined)[] = [];
    for (let part = 0; part < 3; part += 1) {
      if (part > 0) host.resume(pipeline.id);
      states.push((await watchAll(host, pipeline.id)).at(-1)?.run.state);
    }
    expect(states).toEqual(['interrupted', 'interrupted', 'finished']);
    const { read } = host.setup.store;
    const stages = listStages(read, pipeline.id);
    expect(stages.map((run) => [run.stage, run.state])).toEqual([
      ['sft', 'finished'],
      ['reward_model', 'finished'],
    ]);
    expect(stages.map((run) => listAttempts(read, run.number).map((attempt) => attempt.resumedFrom))).toEqual([
      [null, 2],
      [null, 2],
    ]);
  });

  test('stops with its stage', async () => {
    const host = fakeHost({ steps: 400, stepMilliseconds: 10 });
    const pipeline = host.start({ ...request, config });
    for await (const batch of host.watch(pipeline.id, { after: 0, withSamples: false })) {
      if (batch.run.state === 'running' && listStages(host.setup.store.read, pipeline.id).length > 0)
        host.stop(pipeline.id);
    }
    expect(host.find(pipeline.id).state).toBe('stopped');
    expect(listStages(host.setup.store.read, pipeline.id).map((run) => run.state)).toEqual(['stopped']);
  });
});
