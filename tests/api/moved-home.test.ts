import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { temporaryHome, watchAll } from '../runs/fake-host.ts';
import { realHost, resultOf } from '../runs/real-host.ts';
import { makeTinyWorld, tinyConfigs } from '../support/tiny-world.ts';

/** So many that the stop arrives while there are some left. */
const ITERATIONS = 20;

test('a data folder that was moved exports, refers to and resumes its runs exactly, with data and models inside it', {
  timeout: 240_000,
}, async () => {
  const former = temporaryHome();
  const binding = process.env.KEEL_ENGINE_BINDING || null;
  const world = makeTinyWorld(await startRuntime({ binding, mode: 'eager' }), join(former, 'datasets'));
  const apa = tinyConfigs(world, ITERATIONS).apa;
  const from = realHost(former);
  const request = (config: unknown) => ({ config: JSON.stringify(config), baseFolder: former });
  const whole = from.host.start(request({ ...apa, name: 'whole' }));
  await watchAll(from.host, whole.id);
  const half = from.host.start(request({ ...apa, name: 'half' }));
  for await (const { metrics } of from.host.watch(half.id, { after: 0, withSamples: false })) {
    if (metrics.some(({ step }) => step >= 2)) from.host.stop(half.id);
  }
  const [made, stopped] = [from.host.find(whole.id), from.host.find(half.id)];
  expect([made.state, stopped.state]).toEqual(['finished', 'stopped']);
  await from.close();

  const home = `${former}-moved`;
  renameSync(former, home);
  const { host, client } = realHost(home);
  const inHome = (path: string) => path.replaceAll(former, home);
  const ledger = readFileSync(join(inHome(stopped.folder), 'inputs.json'), 'utf8');

  for (const tag of ['last', String(ITERATIONS)]) {
    const out = join(home, 'exports', tag);
    const wish = { run: whole.id, folder: home, format: 'hf' as const, what: 'policy' as const, tag, out };
    expect(await resultOf(await client.jobs.export(wish))).toMatchObject({
      folder: out,
      replay: { max_abs_difference: 0 },
    });
  }
  const { artifacts, checkpoints, inputs, config } = await client.runs.get({ run: whole.id });
  const named = [...artifacts, ...checkpoints.filter((one) => one.removedBecause === null)].map(({ folder }) => folder);
  const places = [...named, ...inputs.map(({ path }) => path), String(config.model)];
  expect(places.length).toBeGreaterThan(4);
  expect(places.filter((path) => !path.startsWith(home) || !existsSync(path))).toEqual([]);

  await client.runs.resume({ run: half.id });
  expect((await watchAll(host, half.id)).at(-1)?.run).toMatchObject({ state: 'finished', error: null });
  const weights = (folder: string) => readFileSync(join(inHome(folder), 'artifacts/policy/model.safetensors'));
  expect(weights(half.folder).equals(weights(whole.folder))).toBe(true);
  expect(readFileSync(join(inHome(half.folder), 'inputs.json'), 'utf8')).toBe(ledger);
  expect(host.setup.store.read.prepare('SELECT count(*) FROM inputs WHERE run = ?').pluck().get(half.number)).toBe(
    inputs.length,
  );

  const next = { ...apa, name: 'next', model: `run:${whole.id}/policy` };
  const child = host.start({ config: inHome(JSON.stringify(next)), baseFolder: home });
  expect((await watchAll(host, child.id)).at(-1)?.run).toMatchObject({ state: 'finished', error: null });
  expect(existsSync(former)).toBe(false);
});
