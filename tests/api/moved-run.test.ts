import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { OpenedBackup } from '#contract/api/run-archive.ts';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { listKeys, readSeries } from '../../src-main/store/queries/metrics.ts';
import { temporaryHome, watchAll } from '../runs/fake-host.ts';
import { realHost, resultOf } from '../runs/real-host.ts';
import { makeTinyWorld, tinyConfigs } from '../support/tiny-world.ts';

const OF_THE_MACHINE = /^(time|system)\//;
let config = '';

beforeAll(async () => {
  const binding = process.env.KEEL_ENGINE_BINDING || null;
  const world = makeTinyWorld(await startRuntime({ binding, mode: 'eager' }), temporaryHome());
  config = JSON.stringify({ ...tinyConfigs(world, 5).apa, name: 'moved' });
});

/** Every value that a run has told, by key and step. */
function numbers({ setup: { store } }: RunHost, run: number): readonly (readonly [string, number, number])[] {
  const keys = listKeys(store.read, run).filter((key) => !OF_THE_MACHINE.test(key));
  return keys.flatMap((key) => readSeries(store.read, run, key).map(({ step, value }) => [key, step, value] as const));
}

test('a run that is stopped halfway, moved and resumed elsewhere ends with the numbers and weights of one that was not', {
  timeout: 180_000,
}, async () => {
  const [whole, from, to] = [realHost(), realHost(), realHost()];
  const request = { config, baseFolder: from.host.setup.home };
  const uninterrupted = whole.host.start(request);
  await watchAll(whole.host, uninterrupted.id);

  const run = from.host.start(request);
  for await (const { metrics } of from.host.watch(run.id, { after: 0, withSamples: false })) {
    if (metrics.some(({ step }) => step >= 2)) from.host.stop(run.id);
  }
  expect(from.host.find(run.id).state).toBe('stopped');
  const out = join(temporaryHome(), 'half.keelrun');
  const place = { folder: request.baseFolder };
  await resultOf(await from.client.runs.backup({ run: run.id, out, ...place }));
  const opened = (await resultOf(await to.client.runs.open({ file: out, ...place }))) as OpenedBackup;
  expect(opened).toEqual({ run: run.id, opened: [{ from: run.id, to: run.id }], known: [], absent: [] });
  await to.client.runs.resume({ run: run.id });
  const end = (await watchAll(to.host, run.id)).at(-1)?.run;
  expect([end?.state, end?.error]).toEqual(['finished', null]);

  const expected = numbers(whole.host, uninterrupted.number);
  expect(expected.length).toBeGreaterThan(50);
  expect(numbers(to.host, to.host.find(run.id).number)).toEqual(expected);
  const weights = (folder: string) => readFileSync(join(folder, 'artifacts/policy/model.safetensors'));
  expect(weights(to.host.find(run.id).folder).equals(weights(uninterrupted.folder))).toBe(true);
  const { attempts } = await to.client.runs.get({ run: run.id });
  expect(attempts.map(({ networkCalls, openSockets }) => [networkCalls, openSockets])).toEqual([
    [0, process.platform === 'linux' ? 0 : null],
    [0, process.platform === 'linux' ? 0 : null],
  ]);

  const choices = await to.client.runs.exportChoices({ run: run.id });
  const last = choices.filter(({ kind }) => kind === 'checkpoint').at(-1);
  const exported = async ({ client }: typeof to, what: 'policy' | 'critic', tag: string) => {
    const wish = { run: run.id, ...place, format: 'hf' as const, what, tag, out: join(temporaryHome(), what) };
    const result = await resultOf(await client.jobs.export(wish));
    expect(result).toMatchObject({
      what,
      replay: { prompts: 4, max_abs_difference: 0 },
      text: { stop_tokens_equal: true, stop_tokens: ['<|endoftext|>'], chat_template: 'none' },
    });
    return readFileSync(join(wish.out, 'model.safetensors'));
  };
  // The last checkpoint is of the last step, so it holds what the run has saved.
  expect(last).toMatchObject({ tag: '5' });
  expect((await exported(to, 'policy', '5')).equals(weights(uninterrupted.folder))).toBe(true);
  const history = await to.client.runs.exports({ run: run.id });
  expect(history.map(({ what, tag, isThere }) => [what, tag, isThere])).toEqual([['policy', '5', true]]);
  expect(history[0]?.detail).toMatchObject({ replay: { max_abs_difference: 0 } });
  // The stopped run has saved nothing: shape, tokenizer and head come from what it was started with.
  const [stopped] = (await from.client.runs.exportChoices({ run: run.id })).filter(({ what }) => what === 'critic');
  await exported(from, 'critic', stopped?.tag ?? '');
});
