import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readClusterDevice } from '#contract/cluster-device.ts';
import type { JobOf } from '#engine/protocol.ts';
import { planTravel } from '../../src-main/clusters/places.ts';
import { deviceOf } from '../../src-main/runs/host/device-of-run.ts';

function world() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'keel-places-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const run = join(root, 'home', 'runs', 'r1');
  for (const folder of ['base/model', 'away', 'home/runs/r1/checkpoint-00000002', 'home/runs/r0/artifacts/policy'])
    mkdirSync(join(root, folder), { recursive: true });
  const files = ['base/model/config.json', 'base/prompts.jsonl', 'away/more.jsonl', 'home/runs/r0/artifacts/policy/w'];
  const ofRun = ['run.json', 'cluster.json', 'inputs.json', 'log.txt', 'checkpoint-00000002/state.json'];
  for (const name of [...files, ...ofRun.map((one) => `home/runs/r1/${one}`)]) writeFileSync(join(root, name), name);
  const job: JobOf<'run'> = {
    kind: 'run',
    runId: 'r1',
    recipe: 'apa',
    config: {
      model: './model',
      name: 'prompts.jsonl',
      data: { files: ['prompts.jsonl', '../away/more.jsonl'] },
      reward: { model: 'run:r0/policy' },
    },
    runFolder: run,
    resumeFrom: join(run, 'checkpoint-00000002'),
    changes: [],
    locations: { 'run:r0/policy': join(root, 'home/runs/r0/artifacts/policy') },
    settings: null,
    goesOn: false,
  };
  return { root, run, job, travel: planTravel(job, join(root, 'base')) };
}

test('the config of a handed-over run leads to files on the node, and nothing else of it changes', () => {
  const { job, travel } = world();
  const { files } = travel.job.config.data as { files: string[] };
  expect(files).toEqual(['prompts.jsonl', expect.stringMatching(/^\.\.\/home\/away\/[0-9a-f]{16}\/more\.jsonl$/)]);
  expect(travel.job.config).toEqual({ ...job.config, data: { files } });
  expect(travel.job).toMatchObject({
    runFolder: '../home/runs/r1',
    resumeFrom: '../home/runs/r1/checkpoint-00000002',
    locations: { 'run:r0/policy': expect.stringMatching(/^\.\.\/home\/away\/[0-9a-f]{16}\/policy$/) },
  });
});

test('every file that the run reads travels, and of its own folder what a resume needs', () => {
  const { root, travel } = world();
  const names = travel.files.map(({ from, isWritten }) => [from.slice(root.length + 1), isWritten]);
  expect(names.sort()).toEqual([
    ['away/more.jsonl', false],
    ['base/model/config.json', false],
    ['base/prompts.jsonl', false],
    ['home/runs/r0/artifacts/policy/w', false],
    ['home/runs/r1/checkpoint-00000002/state.json', true],
    ['home/runs/r1/inputs.json', true],
  ]);
  expect(travel.files.map(({ to }) => to).filter((to) => to.includes('..') || to.startsWith('/'))).toEqual([]);
  expect(travel.files.map(({ to }) => to)).toContain('home/runs/r1/checkpoint-00000002/state.json');
  expect(travel.files.map(({ to }) => to)).toContain('base/model/config.json');
});

test('texts of the node come back in the words of this machine', () => {
  const { root, run, travel } = world();
  const { files } = travel.job.config.data as { files: string[] };
  expect(travel.home(files[1] ?? '')).toBe('../away/more.jsonl');
  expect(travel.home('../home/runs/r1/artifacts/policy')).toBe(join(run, 'artifacts/policy'));
  expect(travel.home(`read ${travel.job.locations['run:r0/policy']}/w`)).toBe(
    `read ${join(root, 'home/runs/r0/artifacts/policy')}/w`,
  );
  expect(travel.home('prompts.jsonl')).toBe('prompts.jsonl');
});

test('a run that trains an adapter stays here, also as a stage of a pipeline', () => {
  const on = { cluster: 'lab', cpus: 2, gpus: 1 };
  const request = { config: '', baseFolder: '/', on };
  const adapter = { adapter: { peft_type: 'lora' } };
  for (const config of [adapter, { stages: { sft: adapter } }])
    expect(() => deviceOf(request, config)).toThrow(expect.objectContaining({ code: 'cluster_adapter' }));
  expect(deviceOf({ ...request, on: null }, adapter)).toBe('default');
  const device = deviceOf(request, { adapter: { peft_type: 'none' } });
  expect(readClusterDevice(device)).toEqual(on);
  expect(readClusterDevice('default')).toBe(null);
});
