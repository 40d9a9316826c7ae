import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { PreflightReport } from '#contract/api/runs/preflight.ts';
import { askRay } from '../../../src-main/clusters/ray-api.ts';
import { addressOf } from '../../../src-main/clusters/registry.ts';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { type Desk, type Lab, openLab, starterApa } from './cluster-desk.ts';

const { recipe: _recipe, name: _name, seed: _seed, model: _model, ...apa } = starterApa(4, 5);
const PIPELINE = {
  recipe: 'pipeline',
  name: 'measured',
  stages: {
    reward_model: {
      model: 'policy',
      data: {
        files: ['preference-train.jsonl.gz'],
        held_out_files: ['preference-held-out.jsonl.gz'],
        duplicates: 'keep',
      },
      training: { max_steps: 4, batch_size: 4 },
      engine: { threads: 1 },
    },
    apa: { ...apa, model: 'policy', reward: { type: 'model', model: 'stage:reward_model/reward_model' } },
  },
};

let lab: Lab;
let desk: Desk;

beforeAll(async () => {
  lab = await openLab(1);
  desk = lab.desk;
});

afterAll(() => lab?.close());

const jobsSchema = z.array(z.object({ metadata: z.record(z.string(), z.string()), driver_node_id: z.string() }));

test('a pipeline is measured on the node of the cluster, also a stage that needs the model of an earlier one', async () => {
  const on = { cluster: 'lab', cpus: 1, gpus: 0 };
  let report: PreflightReport | null = null;
  const request = { config: stringify(PIPELINE), baseFolder: STARTER_FOLDER, on };
  for await (const message of await desk.client.preflight.measure(request)) {
    if (message.kind === 'result') report = message.result;
  }
  expect(report).toMatchObject({ cluster: 'lab', fits: true, warnings: [] });
  expect(report?.stages.map(({ stage, device }) => [stage, device.threads])).toEqual([
    ['reward_model', 1],
    ['apa', 1],
  ]);
  for (const { time, memory } of report?.stages ?? []) {
    expect(time?.totalSeconds).toBeGreaterThan(0);
    expect(memory.peakBytes).toBeLessThan(memory.limitBytes);
  }
  const jobs = jobsSchema.parse(
    JSON.parse((await askRay(addressOf(desk.home, 'lab'), 'GET', '/api/jobs/')).toString()),
  );
  expect(new Set(jobs.map(({ metadata }) => metadata.keel_run))).toEqual(new Set(['preflight']));
  expect(jobs.length).toBeGreaterThanOrEqual(4);
  // It leaves nothing here, and made no run.
  expect(readdirSync(desk.home).filter((name) => name.startsWith('preflight-'))).toEqual([]);
  expect(await desk.client.runs.list({})).toEqual([]);
});
