import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { saveModel } from '#engine/model/files/save-model.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

const PYTHON = process.env.KEEL_TEST_PYTHON;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  await withRuntime(async (runtime) => {
    const critic = loadValueModel(runtime.variables, 'critic', world.model, { kind: 'value', seed: 1 });
    cpSync(world.model, criticFolder(), { recursive: true });
    saveModel(criticFolder(), runtime.variables, 'critic', critic);
  });
  return fresh.remove;
});

async function withRuntime<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = await runtimeKinds[0]!.start();
  try {
    return await work(runtime);
  } finally {
    runtime.dispose();
  }
}

type Kind = 'policy' | 'critic' | 'reward_model';
const criticFolder = () => join(world.folder, 'critic');
const sourceOf = (what: Kind) =>
  ({ policy: world.model, critic: criticFolder(), reward_model: world.rewardModel })[what];

async function exported(what: Kind, dtype: 'bfloat16' | 'float16', source = sourceOf(what)) {
  const out = join(world.folder, `${what}-${dtype}`);
  const request = { kind: 'export', format: 'hf', what, dtype, source, out, record: {} } as const;
  const { result } = await withRuntime((runtime) => tellOfJob(runtime, request));
  return { out, result };
}

it.each([
  ['policy', 'bfloat16'],
  ['policy', 'float16'],
  ['critic', 'float16'],
  ['reward_model', 'bfloat16'],
] as const)("a %s as %s, with half the bytes and PyTorch's bits", { timeout: 300_000 }, async (what, dtype) => {
  const { out, result } = await exported(what, dtype);
  expect(result).toMatchObject({ dtype, rounding: { to_zero: 0 } });
  const { replay, rounding } = result as {
    readonly replay: { readonly tensors: number; readonly equal_tensors: number; readonly max_abs_difference: number };
    readonly rounding: { readonly changed: number; readonly values: number };
  };
  expect(replay.equal_tensors).toBe(replay.tensors);
  expect(replay.max_abs_difference).toBeGreaterThan(0);
  expect(rounding.changed).toBeGreaterThan(rounding.values / 2);
  const size = (folder: string) => readFileSync(join(folder, 'model.safetensors')).length;
  expect(size(out) / size(sourceOf(what))).toBeLessThan(0.6);
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
  expect(config.dtype).toBe(dtype);
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(`bit-identical to the run's rounded to ${dtype}.`);
  if (!PYTHON) return;
  const script = join(import.meta.dirname, '../../golden/check_dtypes.py');
  const env = { ...process.env, HF_HUB_OFFLINE: '1' };
  const checked = spawnSync(PYTHON, [script, what, sourceOf(what), out, dtype], { encoding: 'utf8', env });
  console.info(checked.stdout);
  expect(checked.status, checked.stderr).toBe(0);
});
it.skipIf(PYTHON)('transformers was not asked: set KEEL_TEST_PYTHON to a Python that has it', () => {});

it('weights beyond float16 are refused, and nothing is written', async () => {
  const source = join(world.folder, 'large');
  cpSync(world.model, source, { recursive: true });
  await withRuntime(async (runtime) => {
    const model = loadLanguageModel(runtime.variables, 'm', source);
    const { name } = model.trunkParameters[2]!;
    const { data, shape } = runtime.variables.read(`m/${name}`);
    runtime.variables.assign(`m/${name}`, float32(data.fill(70_000, 0, 3), shape));
    saveModel(source, runtime.variables, 'm', model);
  });
  const out = join(world.folder, 'policy-float16');
  const before = existsSync(out);
  const request = { kind: 'export', format: 'hf', what: 'policy', dtype: 'float16', source, record: {} } as const;
  const job = { ...request, out: join(world.folder, 'never') };
  await expect(withRuntime((runtime) => tellOfJob(runtime, job))).rejects.toMatchObject({
    code: 'weights_exceed_dtype',
    faults: [{ why: expect.stringMatching(/^has 3 of [\d,]+ beyond float16's range \(up to 70000\)$/) }],
  });
  expect(existsSync(job.out)).toBe(false);
  expect(existsSync(out)).toBe(before);
});
