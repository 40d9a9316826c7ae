import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readClusterDevice } from '#contract/cluster-device.ts';
import type { JobOf } from '#engine/protocol.ts';
import { type PlacedFile, planTravel } from '../../src-main/clusters/places.ts';
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
    workers: null,
  };
  return {
    root,
    run,
    job,
    travel: planTravel(job, { id: 'r1', folder: run, baseFolder: join(root, 'base'), models: [] }),
  };
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

test('an adapter travels with its base, which it finds on the node, and comes back with the base that is here', () => {
  const { root, run, job } = world();
  const [adapter, base] = [join(root, 'adapters/first'), join(root, 'bases/big')];
  for (const folder of [adapter, base]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(base, 'config.json'), '{}');
  const description = { peft_type: 'LORA', r: 4, base_model_name_or_path: 'someone/big' };
  writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify(description));
  const place = { id: 'r1', folder: run, baseFolder: join(root, 'base') };
  const models = [{ name: 'big', folder: base, origin: 'someone/big@main' }];
  const travel = planTravel({ ...job, config: { model: adapter }, locations: {} }, { ...place, models });
  const sent = travel.files.filter(({ isWritten }) => !isWritten);
  const [described, ofBase] = sent;
  expect(sent.map(({ from }) => from.slice(root.length + 1))).toEqual([
    'adapters/first/adapter_config.json',
    'bases/big/config.json',
  ]);
  // On the node, the base is where the adapter's description says, from the folder of the adapter.
  const told = JSON.parse(described?.text ?? '') as typeof description;
  expect(told).toEqual({ ...description, base_model_name_or_path: expect.stringMatching(/^\.\.\//) });
  const onNode = (file: PlacedFile | undefined) => posix.dirname(file?.to ?? '');
  expect(posix.join(onNode(described), told.base_model_name_or_path)).toBe(onNode(ofBase));

  const home = (text: string) => {
    const bytes = Buffer.from(JSON.stringify({ ...description, base_model_name_or_path: text }));
    const brought = travel.bringHome('artifacts/policy/adapter_config.json', bytes).toString();
    return (JSON.parse(brought) as typeof description).base_model_name_or_path;
  };
  // Outside the data folder, it is named by its whole path.
  expect(home(`../../../../${onNode(ofBase).replace('home/', '')}`)).toBe(base);
  expect(home('some/other')).toBe('some/other');
  // In the data folder, which may be moved, by a relative one.
  const { travel: ofRuns } = world();
  const fromPolicy = ofRuns.job.locations['run:r0/policy']?.replace('../home/', '../../../../');
  const away = Buffer.from(JSON.stringify({ base_model_name_or_path: fromPolicy }));
  expect(JSON.parse(ofRuns.bringHome('artifacts/policy/adapter_config.json', away).toString())).toEqual({
    base_model_name_or_path: '../../../r0/artifacts/policy',
  });
  const inBase = planTravel({ ...job, config: { model: 'model' }, locations: {} }, { ...place, models });
  const ofNode = Buffer.from('{"base_model_name_or_path": "/data/cluster/jobs/r1-ab/base/model"}');
  expect(JSON.parse(inBase.bringHome('artifacts/policy/adapter_config.json', ofNode).toString())).toEqual({
    base_model_name_or_path: join(root, 'base/model'),
  });
});

test('a device of a cluster can be told from this machine', () => {
  const on = { cluster: 'lab', cpus: 2, gpus: 1, workers: 0 };
  expect(readClusterDevice(deviceOf({ on }))).toEqual(on);
  // As runs of earlier versions have it.
  expect(deviceOf({ on })).toBe('ray:lab?cpus=2&gpus=1');
  const workers = { ...on, workers: 12 };
  expect(deviceOf({ on: workers })).toBe('ray:lab?cpus=2&gpus=1&workers=12');
  expect(readClusterDevice(deviceOf({ on: workers }))).toEqual(workers);
  expect(deviceOf({ on: null })).toBe('default');
  expect(readClusterDevice('default')).toBe(null);
});

test('a trial writes into its own folder on the node, and leaves its model where a run would', () => {
  const { root, run, job } = world();
  const { config, locations } = job;
  const trial = {
    ...{ kind: 'preflight' as const, config, locations, isWhole: false, writesCheckpoint: false },
    ...{ size: { batch: 1, chunk: null, microBatch: null }, most: { collected: 1, evaluated: 1 } },
  };
  const place = { id: 'preflight', folder: run, baseFolder: join(root, 'base'), models: [] };
  const last = planTravel({ ...trial, scratch: '/tmp/scratch', standIn: null }, place);
  expect(last.job).toMatchObject({ scratch: '../home/runs/preflight/scratch', standIn: null });
  const first = planTravel({ ...trial, scratch: '/tmp/scratch', standIn: run }, place);
  expect(first.job.standIn).toBe('../home/runs/preflight');
  expect(first.home('../home/runs/preflight/artifacts/reward_model')).toBe(join(run, 'artifacts/reward_model'));
  // It reads what the run would read, and nothing that a run has left.
  expect(first.files.map(({ from }) => from.slice(root.length + 1)).sort()).toEqual([
    'away/more.jsonl',
    'base/model/config.json',
    'base/prompts.jsonl',
    'home/runs/r0/artifacts/policy/w',
  ]);
});
