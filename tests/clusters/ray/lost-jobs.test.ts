import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultBench, openFaultBench } from './fault-bench.ts';
import { killAll } from './ray-cluster.ts';

let bench: FaultBench;

beforeAll(async () => {
  bench = await openFaultBench();
});

afterAll(() => bench?.close());

test('a killed job interrupts its run, which goes on from its last checkpoint here', async () => {
  const run = await bench.underWay();
  killAll(bench.jobProcesses());
  expect(await bench.errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_ended' });
  await bench.desk.client.runs.resume({ run });
  await bench.finishes(run);
  const { attempts } = await bench.desk.client.runs.get({ run });
  expect(attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([null, 5]);
});

test('a run on a node that is lost is interrupted, and goes on when there is another', async () => {
  const node = await bench.ray.addNode(2);
  const run = await bench.underWay(2);
  killAll([...node, ...bench.jobProcesses()]);
  expect(await bench.errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_ended' });
  expect(bench.jobProcesses()).toEqual([]);
  await bench.ray.addNode(2);
  await bench.desk.client.runs.resume({ run });
  await bench.finishes(run);
});

test('a control store that is killed and started again has forgotten the job; the run goes on in another one', async () => {
  const run = await bench.underWay();
  await bench.ray.restart();
  expect(await bench.errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_lost' });
  await bench.desk.client.runs.resume({ run });
  await bench.finishes(run);
});
