import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import type { Fault, KeelError } from '#contract/errors.ts';
import { ownContext } from '../../../src-main/api/base.ts';
import { router } from '../../../src-main/api/router.ts';
import { spawnInProcess } from '../../support/engine-in-process.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hostWith } from '../fake-host.ts';
import { resultOf } from '../real-host.ts';
import { type BadConfig, configOf, toCases } from './bad-config.ts';
import { BAD_DATA } from './bad-data.ts';
import { BAD_MODELS } from './bad-models.ts';
import { BAD_VALUES } from './bad-values.ts';
import { addBadParts } from './bad-world.ts';

const CASES = toCases([...BAD_VALUES, ...BAD_MODELS, ...BAD_DATA]);

let baseFolder = '';
let removeWorld: () => void = () => undefined;

beforeAll(async () => {
  const { world, remove } = await freshTinyWorld();
  removeWorld = remove;
  baseFolder = addBadParts(world);
});
afterAll(() => {
  process.chdir('/');
  removeWorld();
});

function client() {
  return createRouterClient(router, { context: ownContext(hostWith(spawnInProcess)) });
}

type Client = ReturnType<typeof client>;

/** The faults with which a config is refused. */
async function refusal(api: Client, config: unknown): Promise<readonly Fault[]> {
  const started = api.runs.start({ config: JSON.stringify(config), baseFolder });
  const error = await started.then(() => expect.unreachable('it was started'), fromTypedError);
  return (error as KeelError).faults ?? expect.unreachable(String(error));
}

async function faultsAfter(api: Client, { recipe, set, remedy }: BadConfig): Promise<readonly Fault[]> {
  const config = configOf({ recipe, set: { ...set, ...remedy } });
  const checked = await resultOf(await api.runs.check({ config: JSON.stringify(config), baseFolder }));
  return (checked as { faults: readonly Fault[] }).faults;
}

const named = ({ code, where }: Fault) => `${code} ${where}`;

test('every fault is found before there is a run, with its code, its place, and a remedy', async () => {
  const api = client();
  const found: Record<string, readonly string[]> = {};
  const mute: string[] = [];
  for (const one of CASES) {
    const faults = await refusal(api, configOf(one));
    found[one.name] = faults.map(named);
    mute.push(...faults.filter(({ fix, why }) => !fix || !why).map((fault) => `${one.name}: ${named(fault)}`));
  }
  expect(found).toEqual(Object.fromEntries(CASES.map(({ name, faults }) => [name, faults])));
  expect(mute).toEqual([]);
  expect(await api.runs.list({})).toEqual([]);
  expect(CASES.length).toBeGreaterThan(60);
});

test('what a remedy says helps: no fault is left whose remedy would lead back', async () => {
  const api = client();
  const left: Record<string, readonly string[]> = {};
  for (const one of CASES.filter(({ remedy }) => remedy)) {
    const faults = await faultsAfter(api, one);
    if (faults.length > 0) left[one.name] = faults.map(({ where, why }) => `${where}: ${why}`);
  }
  expect(left).toEqual({});
});

test('a check that is left ends, and makes no run', async () => {
  const api = client();
  const abort = new AbortController();
  abort.abort();
  const config = JSON.stringify(configOf({ recipe: 'sft', set: {} }));
  const started = api.runs.start({ config, baseFolder }, { signal: abort.signal });
  await expect(started).rejects.toThrow();
  expect(await api.runs.list({})).toEqual([]);
});

test('what workers of a cluster do not compute is found by the same check, for every stage', async () => {
  const api = client();
  const on = { cluster: 'lab', workers: 2 };
  const faultsOn = async (config: object, place: typeof on | null) => {
    const checked = await resultOf(await api.runs.check({ config: JSON.stringify(config), baseFolder, on: place }));
    return (checked as { faults: readonly Fault[] }).faults.map(named);
  };
  const sft = configOf({ recipe: 'sft', set: {} });
  expect(await faultsOn(sft, on)).toEqual([]);
  const computed = configOf({ recipe: 'sft', set: { 'engine.compute_dtype': 'bfloat16' } });
  expect([await faultsOn(computed, null), await faultsOn(computed, on)]).toEqual([
    [],
    ['workers_unsupported engine.compute_dtype'],
  ]);
  const { recipe: _recipe, ...stage } = computed;
  expect(await faultsOn({ recipe: 'pipeline', stages: { sft: stage } }, on)).toEqual([
    'workers_unsupported stages.sft.engine.compute_dtype',
  ]);
});
