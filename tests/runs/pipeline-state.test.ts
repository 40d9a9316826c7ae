import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';
import { describeRun } from '../../src-main/api/describe-run.ts';
import { planResume } from '../../src-main/runs/host/plan-resume.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { describeLine } from '../../src-main/runs/views/watch-overview.ts';
import { listRuns, listStages, readListedRun, readRun, readRunByNumber } from '../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost, watchAll } from './fake-host.ts';

const PIPELINE = `
recipe: pipeline
name: two
stages:
  sft: { model: some/model, data: { files: [data.jsonl] } }
  reward_model: { model: "stage:sft/policy", data: { files: [pairs.jsonl] } }
`;
const request = { config: PIPELINE, baseFolder: process.cwd() };
const single = { config: CONFIG, baseFolder: process.cwd() };

/** Watches until a run stands so; the batch that said it. */
async function until(host: RunHost, id: string, wanted: RunState, after = 0) {
  for await (const batch of host.watch(id, { after, withSamples: false })) if (batch.run.state === wanted) return batch;
  throw new Error(`${id} was never ${wanted}.`);
}

/** The state of a run by every way that it is read. */
function statesOf(host: RunHost, id: string): ReadonlySet<RunState | undefined> {
  const { read } = host.setup.store;
  const run = host.find(id);
  const lines = describeLine(read, run, (one) => host.progressOf(one));
  return new Set([
    run.state,
    readRun(read, id)?.state,
    readListedRun(read, id)?.state,
    readRunByNumber(read, run.number)?.state,
    listRuns(read).find((one) => one.id === id)?.state,
    describeRun(read, run).state,
    lines.state,
  ]);
}

describe('a pipeline under way', () => {
  test('is paused with its stage and says why, by every way of asking, and goes on with it', async () => {
    const host = fakeHost({ steps: 4000, stepMilliseconds: 2 });
    const { id } = host.start(request);
    await until(host, id, 'running');
    await expect.poll(() => listStages(host.setup.store.read, id)[0]?.lastStep ?? 0).toBeGreaterThan(2);
    host.command(id, { kind: 'pause' });
    const { run } = await until(host, id, 'paused');
    expect(run.pausedBecause).toMatchObject({ by: 'person' });
    const [stage] = listStages(host.setup.store.read, id);
    expect([statesOf(host, id), statesOf(host, stage!.id)]).toEqual([new Set(['paused']), new Set(['paused'])]);
    host.command(id, { kind: 'resume' });
    expect((await until(host, id, 'running')).run.pausedBecause).toBeNull();
    host.stop(id, { now: true });
    expect((await watchAll(host, id)).at(-1)?.run.state).toBe('stopped');
    expect(statesOf(host, id)).toEqual(new Set(['stopped']));
  });

  test('waits while another run has the device, leaves the queue at once, and stays as it ended', async () => {
    const host = fakeHost({ steps: 4000, stepMilliseconds: 2 });
    const first = host.start(single);
    await until(host, first.id, 'running');
    const { id } = host.start(request);
    await until(host, id, 'queued');
    expect(statesOf(host, id)).toEqual(new Set(['queued']));
    host.stop(id);
    const { state, finishedAt } = host.find(id);
    expect([state, finishedAt]).toEqual(['stopped', expect.any(Number)]);
    host.stop(first.id, { now: true });
    await host.idle();
    expect(host.find(id)).toMatchObject({ state: 'stopped', finishedAt });
  });

  test('keeps its device to its end: a run that was queued meanwhile starts after the last stage', async () => {
    const host = fakeHost({ steps: 60, stepMilliseconds: 2 });
    const { id } = host.start(request);
    await until(host, id, 'running');
    const between = host.start(single);
    await until(host, between.id, 'finished');
    const stages = listStages(host.setup.store.read, id);
    expect(stages.map(({ state }) => state)).toEqual(['finished', 'finished']);
    expect(host.find(between.id).startedAt).toBeGreaterThanOrEqual(stages[1]!.finishedAt!);
    expect(host.find(id).state).toBe('finished');
  });

  test('gives its device back when a stage of it fails', async () => {
    const host = fakeHost({ steps: 6, at: 3, fault: 'fail' });
    const { id } = host.start(request);
    const after = host.start(single);
    await until(host, after.id, 'failed');
    expect(host.find(id).state).toBe('failed');
  });
});

describe('a paused run', () => {
  test('has no rate and no time left, and the pause is no part of its pace afterwards', async () => {
    const host = fakeHost({ steps: 4000, stepMilliseconds: 2 });
    let time = 0;
    // Ten milliseconds pass from one report to the next: a hundred steps a second.
    Object.assign(host.setup, { clock: () => (time += 10) });
    const { id } = host.start(single);
    await expect.poll(() => host.progressOf(id)?.secondsLeft ?? null).not.toBeNull();
    host.command(id, { kind: 'pause' });
    await until(host, id, 'paused');
    expect(host.progressOf(id)).toMatchObject({ rate: null, secondsLeft: null, phase: 'training', total: 4000 });
    const { done } = host.progressOf(id) as Progress;
    expect(done).toBeGreaterThan(0);
    time += 3_600_000;
    host.command(id, { kind: 'resume' });
    await expect.poll(() => host.progressOf(id)?.rate ?? 0).toBeGreaterThan(0);
    expect(host.progressOf(id)?.rate).toBeCloseTo(100, 6);
    await host.close({ now: true });
  });
});

describe('what a resume will do', () => {
  test('a pipeline goes on with its stage from the newest checkpoint, as it says', async () => {
    const host = fakeHost({ steps: 4, at: 3, fault: 'kill' });
    const { read } = host.setup.store;
    const { id } = host.start(request);
    const plan = () => planResume(read, host.find(id));
    expect(plan()).toBeNull();
    await watchAll(host, id);
    const stage = (number: number, name: string) => ({ number, name, of: 2 });
    expect(plan()).toEqual({ from: 'checkpoint', step: 2, stage: stage(1, 'sft') });
    expect(describeRun(read, host.find(id)).resumesAt).toEqual(plan());
    expect(describeLine(read, host.find(id), () => null).resumesAt).toEqual(plan());
    host.resume(id);
    await watchAll(host, id);
    expect(plan()).toEqual({ from: 'checkpoint', step: 2, stage: stage(2, 'reward_model') });
    // Of a checkpoint that is noted and gone nothing can go on.
    rmSync(`${listStages(read, id)[1]!.folder}/checkpoint-00000002`, { recursive: true });
    expect(plan()).toEqual({ from: 'start', step: 0, stage: stage(2, 'reward_model') });
  });

  test('a run goes on from its newest checkpoint, or begins again', async () => {
    const host = fakeHost({ steps: 6, at: 5, fault: 'kill' });
    const { id } = host.start(single);
    await watchAll(host, id);
    expect(planResume(host.setup.store.read, host.find(id))).toEqual({ from: 'checkpoint', step: 4, stage: null });
    host.resume(id);
    await watchAll(host, id);
    expect(planResume(host.setup.store.read, host.find(id))).toBeNull();
    const other = fakeHost({ steps: 6, at: 1, fault: 'fail' });
    const failed = other.start(single);
    await watchAll(other, failed.id);
    expect(planResume(other.setup.store.read, other.find(failed.id))).toEqual({ from: 'start', step: 0, stage: null });
  });
});
