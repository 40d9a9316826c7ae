import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDiskUse } from '../../src-main/runs/archive/disk-use.ts';
import { installEngine } from '../../src-main/runs/diagnostics/install-engine.ts';
import { spawnEnvironment } from '../../src-main/runs/engine/spawn-environment.ts';
import { backgroundJob } from '../../src-main/runs/host/background-job.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../runs/fake-host.ts';
import { realHost, resultOf } from '../runs/real-host.ts';

test('an engine is set up in a process of its own, told by its words, and is the one in use from then on', async () => {
  const { client, host } = realHost();
  const before = await client.system.engine();
  expect(before.variants.map(({ isInUse }) => isInUse)).not.toContain(true);
  const messages = [];
  for await (const message of await client.system.installEngine({ device: 'javascript' })) messages.push(message);
  const said = messages.flatMap((message) => (message.kind === 'log' ? message.text : []));
  expect(said.join('\n')).toContain('pure JavaScript');
  expect(messages.at(-1)).toMatchObject({
    kind: 'result',
    result: { ladder: [{ rung: 'javascript', outcome: 'ready' }] },
  });
  const used = (await client.system.engine()).variants.find(({ isInUse }) => isInUse);
  expect(used).toMatchObject({ name: 'javascript', device: 'javascript' });
  const variables = { KEEL_ENGINE_BINDING: '/engine/of/the/start.node' };
  const engineOf = (environment: NodeJS.ProcessEnv) =>
    spawnEnvironment(host.setup.home, environment)(null, {}).KEEL_ENGINE_BINDING;
  expect(engineOf({ ...variables, KEEL_ENGINE_CHOSEN: 'setup' })).toBe('');
  expect(engineOf(variables)).toBe(variables.KEEL_ENGINE_BINDING);
});

test('a set-up that fails says why in a typed error; one that nobody waits for is ended', async () => {
  const desk = { progress: () => undefined, log: () => undefined, check: () => undefined };
  const home = join(temporaryHome(), 'file');
  writeFileSync(home, '');
  const wish = { home, environment: process.env, device: 'javascript', force: false } as const;
  await expect(installEngine(wish, desk)).rejects.toMatchObject({
    code: 'engine_install_failed',
    why: expect.stringContaining('cannot be written'),
  });
  const check = () => {
    throw new Error('left');
  };
  await expect(installEngine({ ...wish, home: temporaryHome() }, { ...desk, check })).rejects.toThrow('left');
});

test('work of the host tells its newest progress at most ten times a second, logs all, and its result last', async () => {
  const told = [];
  const work = backgroundJob(
    async (desk) => {
      for (let done = 1; done <= 1000; done += 1) desk.progress('copying', done, 1000);
      desk.log('first');
      desk.log('second');
      return 7;
    },
    () => performance.now(),
  );
  for await (const message of work) told.push(message);
  expect(told.map((message) => (message.kind === 'log' ? message.text : message.kind))).toEqual([
    'first',
    'second',
    'progress',
    'result',
  ]);
  expect(told.at(-2)).toMatchObject({ progress: { done: 1000, total: 1000, unit: 'bytes' } });
  expect(await resultOf(backgroundJob(async () => 'only', performance.now))).toBe('only');
});

test('the disk is counted by what it is for, every byte once', async () => {
  const host = fakeHost({ steps: 4 });
  const { home } = host.setup;
  const runs = [];
  for (const name of ['kept', 'removed']) {
    const run = host.start({ config: CONFIG, baseFolder: home, name });
    await watchAll(host, run.id);
    runs.push(run);
  }
  host.remove(runs[1]?.id ?? '');
  mkdirSync(join(home, 'datasets'));
  writeFileSync(join(home, 'datasets', 'a.jsonl'), 'x'.repeat(5000));
  const use = readDiskUse(host.setup.store, home);
  const part = Object.fromEntries(use.parts.map(({ part: name, bytes }) => [name, bytes]));
  expect(part).toMatchObject({ other: 5000, engine: 0 });
  for (const name of ['runs', 'checkpoints', 'trash', 'store']) expect(part[name]).toBeGreaterThan(0);
  expect(use.largest.map(({ name }) => name)).toEqual(['kept']);
  expect(use.largest[0]?.bytes).toBe((part.runs ?? 0) + (part.checkpoints ?? 0));
});
