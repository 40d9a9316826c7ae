import { expect, test } from 'vitest';
import type { StudyPlace } from '#contract/api/clusters.ts';
import { resolveStudy } from '#contract/config/index.ts';
import { describePlanned } from '../../../src-main/api/studies/planned-study.ts';
import { spawnEngine } from '../../../src-main/runs/engine/engine-process.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { studiesOf } from '../../../src-main/runs/studies/study-runner.ts';
import { inTransaction } from '../../../src-main/store/database.ts';
import { listAttempts } from '../../../src-main/store/queries/attempts.ts';
import { readConfig } from '../../../src-main/store/queries/runs.ts';
import { insertStudy, listStudies, readStudy, updateStudy } from '../../../src-main/store/queries/studies.ts';
import { fakeHost, hostWith } from '../fake-host.ts';

/** A shared start, and two methods with two seeds on it; the fake engine computes none of it. */
const STUDY = {
  recipe: 'study',
  name: 'tiny',
  seeds: [1, 2],
  prepare: { start: { recipe: 'sft', model: 'some/model', data: { files: 'data.jsonl' } } },
  base: {
    model: 'stage:start/policy',
    data: { files: 'data.jsonl' },
    reward: { type: 'rules', rules: [{ type: 'contains', texts: ['a'] }] },
  },
  methods: [{ recipe: 'apa', grid: { 'method.apa_lambda': [0.5, 1] } }, { recipe: 'ppo' }],
};

function addPlan(host: RunHost, place: StudyPlace | null = null): number {
  const { write } = host.setup.store;
  const created = { name: 'tiny', notes: '', runs: [], createdAt: 1 };
  const plan = { plan: resolveStudy(STUDY).study, baseFolder: '/', place };
  return inTransaction(write, () => insertStudy(write, created, plan));
}

const stateOf = (host: RunHost, id: number) => describePlanned(host, readStudy(host.setup.store.write, id)!);
const states = (host: RunHost, id: number) => stateOf(host, id).entries.map(({ state }) => state);

/** Resolves once some run of the study has this state. */
async function untilSome(host: RunHost, id: number, wanted: string, count = 1): Promise<void> {
  while (states(host, id).filter((state) => state === wanted).length < count) await host.setup.signals.nextOfAny();
}

test('the shared run comes first, and the others refer to its model', async () => {
  const host = fakeHost({ steps: 2 });
  const id = addPlan(host);
  studiesOf(host).start(id);
  expect(() => studiesOf(host).start(id)).toThrow(/is running already/);
  await studiesOf(host).ended(id);
  const planned = stateOf(host, id);
  expect(planned).toMatchObject({ state: 'ended', finished: 7 });
  const [start, first, ...others] = planned.entries.map(({ run }) => host.find(run!));
  const { read } = host.setup.store;
  expect(readConfig(read, first!.number).resolved).toMatchObject({
    recipe: 'apa',
    seed: 1,
    model: `run:${start!.id}/policy`,
  });
  expect(others.map(({ recipe }) => recipe)).toEqual(['apa', 'ppo', 'apa', 'apa', 'ppo']);
  expect(listStudies(read)[0]).toMatchObject({ id, isPlanned: true, runs: planned.entries.map(({ run }) => run) });
});

test('a stopped study ends its run with a checkpoint, and goes on from there', async () => {
  const host = fakeHost({ steps: 400, stepMilliseconds: 2 });
  const id = addPlan(host);
  studiesOf(host).start(id);
  await untilSome(host, id, 'running');
  studiesOf(host).stop(id);
  await studiesOf(host).ended(id);
  expect(states(host, id)).toEqual(['stopped', ...Array.from({ length: 6 }, () => 'waiting')]);
  expect(stateOf(host, id).state).toBe('stopped');
  const [before] = stateOf(host, id).entries;
  studiesOf(host).start(id);
  await untilSome(host, id, 'finished');
  expect(stateOf(host, id).entries[0]).toMatchObject({ run: before!.run, state: 'finished', step: 400 });
  studiesOf(host).stop(id, { now: true });
  await studiesOf(host).ended(id);
});

test('a failed run is told, and the others go on; resuming tries it once more', async () => {
  const host = fakeHost({ steps: 4, at: 3, fault: 'fail' });
  const id = addPlan(host);
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  // Without its shared run there is nothing to compare.
  expect(states(host, id)).toEqual(['failed', ...Array.from({ length: 6 }, () => 'waiting')]);
  // A resumed run of the fake engine does not fail again; the fresh ones do.
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  expect(states(host, id)).toEqual(['finished', ...Array.from({ length: 6 }, () => 'failed')]);
  expect(stateOf(host, id)).toMatchObject({ state: 'ended', finished: 1 });
  expect(stateOf(host, id).entries[1]!.problem).toBe('The loss became NaN.');
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  expect(stateOf(host, id)).toMatchObject({ state: 'ended', finished: 7 });
});

test('a host that is closed leaves a study that another one continues', async () => {
  const host = fakeHost({ steps: 300, stepMilliseconds: 2 });
  const id = addPlan(host);
  studiesOf(host).start(id);
  await untilSome(host, id, 'running');
  await host.close({ now: true });
  await studiesOf(host).ended(id);
  host.setup.store.close();
  const next = fakeHost({ steps: 3 }, host.setup.home);
  expect(stateOf(next, id).state).toBe('stopped');
  studiesOf(next).start(id);
  await studiesOf(next).ended(id);
  expect(stateOf(next, id)).toMatchObject({ state: 'ended', finished: 7 });
});

test('a run that was moved to the trash is run again, and other runs can be added by hand', async () => {
  const host = fakeHost({ steps: 2 });
  const id = addPlan(host);
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  const last = stateOf(host, id).entries.at(-1)!;
  host.remove(last.run!, { force: true });
  expect(states(host, id).at(-1)).toBe('waiting');
  const { write } = host.setup.store;
  inTransaction(write, () => updateStudy(write, id, { name: 'renamed', runs: [] }));
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  expect(stateOf(host, id)).toMatchObject({ finished: 7, study: { name: 'renamed' } });
  expect(stateOf(host, id).entries.at(-1)!.run).not.toBe(last.run);
});

test('a study that was put together by hand cannot be run', () => {
  const host = fakeHost({});
  const { write } = host.setup.store;
  const id = inTransaction(write, () => insertStudy(write, { name: 'hand', notes: '', runs: [], createdAt: 1 }));
  expect(() => studiesOf(host).start(id)).toThrow(/has no config/);
});

const repeated = (state: string, times: number) => Array.from({ length: times }, () => state);
const LAB: StudyPlace = { cluster: 'lab', cpus: 2, gpus: 0, parallel: 3 };

test('on a cluster, as many runs are under way as the study wants, after the shared one', async () => {
  let [now, most, beside] = [0, 0, 0];
  const host = hostWith(
    (request) => {
      const spawned = spawnEngine(request);
      now += 1;
      most = Math.max(most, now);
      if (host.find(request.run!.id).recipe === 'sft') beside = Math.max(beside, now);
      spawned.engine.onEvent((event) => {
        if (event.kind === 'exit') now -= 1;
      });
      return spawned;
    },
    { behavior: { steps: 20, stepMilliseconds: 2 } },
  );
  const id = addPlan(host, LAB);
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  expect([most, beside]).toEqual([3, 1]);
  expect(stateOf(host, id)).toMatchObject({ state: 'ended', finished: 7, place: LAB });
  const devices = stateOf(host, id).entries.map(({ run }) => host.find(run!).device);
  expect(new Set(devices)).toEqual(new Set(['ray:lab?cpus=2&gpus=0']));
});

test('a stop ends every run that is under way with a checkpoint, and the study goes on from there', async () => {
  const host = fakeHost({ steps: 400, stepMilliseconds: 2 });
  const id = addPlan(host, LAB);
  studiesOf(host).start(id);
  await untilSome(host, id, 'running', 3);
  studiesOf(host).stop(id);
  await studiesOf(host).ended(id);
  expect(states(host, id)).toEqual(['finished', ...repeated('stopped', 3), ...repeated('waiting', 3)]);
});

/** A host whose engines lose their job at their first steps so many times, with this cause. */
function losingHost(losses: number, code: string): RunHost {
  let left = losses;
  return hostWith(
    (request) => {
      const spawned = spawnEngine(request);
      if (left === 0) return spawned;
      left -= 1;
      const lost = { code, why: 'The node was lost.', fix: 'Resume the run.', kind: 'expected' as const };
      const told: Parameters<typeof spawned.engine.onEvent>[0][] = [];
      spawned.engine.onEvent((event) => {
        if (event.kind === 'metrics') spawned.engine.kill();
        for (const tell of told) tell(event.kind === 'exit' ? { ...event, lost } : event);
      });
      return { ...spawned, engine: { ...spawned.engine, onEvent: (listener) => void told.push(listener) } };
    },
    { behavior: { steps: 6 } },
  );
}

test('a run whose node is lost goes on by itself, in the same run', async () => {
  const host = losingHost(2, 'cluster_job_ended');
  const id = addPlan(host, LAB);
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  const planned = stateOf(host, id);
  expect(planned).toMatchObject({ state: 'ended', finished: 7 });
  const attempts = listAttempts(host.setup.store.read, host.find(planned.entries[0]!.run!).number);
  expect(attempts).toHaveLength(3);
});

test('a run that loses every job, and one that cannot be followed, end the study', async () => {
  const host = losingHost(100, 'cluster_job_lost');
  const id = addPlan(host, LAB);
  studiesOf(host).start(id);
  await studiesOf(host).ended(id);
  expect(states(host, id)).toEqual(['interrupted', ...repeated('waiting', 6)]);
  const { run } = stateOf(host, id).entries[0]!;
  expect(listAttempts(host.setup.store.read, host.find(run!).number)).toHaveLength(4);
  const other = losingHost(100, 'cluster_token_refused');
  const second = addPlan(other, LAB);
  studiesOf(other).start(second);
  await studiesOf(other).ended(second);
  const at = stateOf(other, second).entries[0]!;
  expect(listAttempts(other.setup.store.read, other.find(at.run!).number)).toHaveLength(1);
});
