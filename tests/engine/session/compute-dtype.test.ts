import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { roundsMatmuls } from '#engine/runtime/float32-product.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { loadNativeEngine } from '#engine/runtime/native-engine.ts';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { openCritic, openPolicy, openReference } from '#engine/session/open-models.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hasNative } from '../../support/runtimes.ts';
import { scoreRandomTokens } from '../../support/score-random-tokens.ts';
import { tinyConfigs } from '../../support/tiny-world.ts';

const STARTER = join(import.meta.dirname, '../../../resources/starter/policy');
const BACKEND = 'cpu';
const KERNEL = 'BatchMatMul';
const TOKENS = { rows: 2, prompt: 16, response: 24 };
/** Nats a token, as docs/decisions/0016 has it; half of it was measured. */
const BOUND = 0.2;

/** Rounds to 8 significant bits, a tie to the even one. */
function toBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  for (const [at, one] of bits.entries()) bits[at] = (one + 0x7fff + ((one >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer);
}

const original = tf.getKernel(KERNEL, BACKEND)!;

interface Product {
  readonly inputs: Record<'a' | 'b', { readonly dataId: object; readonly shape: number[]; readonly dtype: 'float32' }>;
  readonly backend: {
    readSync(dataId: object): Float32Array;
    makeTensorInfo(shape: number[], dtype: string, values: Float32Array): { readonly dataId: object };
    disposeData(dataId: object): void;
  };
}

/** What a processor with products of bfloat16 computes: rounded factors, sums in float32. */
function multiplyRounded(product: Product): unknown {
  const { inputs, backend } = product;
  const rounded = (['a', 'b'] as const).map((name) => {
    const { dataId, shape, dtype } = inputs[name];
    return backend.makeTensorInfo(shape, dtype, toBfloat16(backend.readSync(dataId)));
  });
  const result = original.kernelFunc({ ...product, inputs: { a: rounded[0], b: rounded[1] } } as never);
  for (const { dataId } of rounded) backend.disposeData(dataId);
  return result;
}

function useKernel(kernelFunc: unknown): void {
  tf.unregisterKernel(KERNEL, BACKEND);
  tf.registerKernel({ ...original, kernelFunc: kernelFunc as never });
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime({ binding: null, mode: 'eager' });
});
afterAll(() => {
  useKernel(original.kernelFunc);
  runtime.dispose();
});

/** Log-probs of the starter model as reference and of a policy that has drifted from it by 2% of each weight. */
function score(name: string) {
  const context = { runtime, locate: (reference: string) => reference };
  const policy = openPolicy(context, STARTER, null);
  openReference(context, policy, null, 'float32');
  const critic = openCritic(context, STARTER, { kind: 'value', seed: 0 });
  const random = seededGenerator(0, 'drift');
  for (const variable of runtime.variables.names('policy/')) {
    const { data, shape } = runtime.variables.read(variable);
    const drifted = data.map((value) => value * (1 + 0.02 * (2 * random.uniform() - 1)));
    runtime.variables.assign(variable, float32(drifted, shape));
  }
  const models = { policy: policy.model, critic: critic.model };
  const { policyLogprobs, refLogprobs } = scoreRandomTokens(runtime, name, models, TOKENS, random);
  runtime.variables.remove('');
  return { logprobs: policyLogprobs!.data, ratios: policyLogprobs!.data.map((one, at) => one - refLogprobs.data[at]!) };
}

function largestError(exact: Float32Array, rounded: Float32Array): number {
  return Math.max(...Array.from(exact, (value, at) => Math.abs(value - rounded[at]!)));
}

test('products rounded to bfloat16 move log-probs and log-ratios of the starter model by no more than is stated', () => {
  const exact = score('exact');
  useKernel(multiplyRounded);
  const rounded = score('rounded');
  for (const key of ['logprobs', 'ratios'] as const) {
    expect(largestError(exact[key], rounded[key])).toBeGreaterThan(0.01);
    expect(largestError(exact[key], rounded[key])).toBeLessThan(BOUND);
  }
});

/** Whether Linux names products of bfloat16 among what the processor can do; null elsewhere. */
function namedByLinux(): boolean | null {
  return existsSync('/proc/cpuinfo') ? /\b(avx512_bf16|amx_bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8')) : null;
}

test.runIf(hasNative).each([
  ['bfloat16', 'BF16'],
  ['float32', 'STRICT'],
])('a run records in what it multiplies and says where that is not what it was told: %s', async (dtype, variable) => {
  const { world, remove } = await freshTinyWorld();
  onTestFinished(remove);
  const runFolder = join(world.folder, 'run');
  mkdirSync(runFolder);
  const given = tinyConfigs(world, 1).sft as Record<string, object>;
  const config = { ...given, engine: { ...given.engine, compute_dtype: dtype } };
  const env = { ONEDNN_DEFAULT_FPMATH_MODE: variable, TF_ENABLE_ONEDNN_OPTS: '1' };
  const { events } = await runEngine({ config, runFolder, resumeFrom: null, env });
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const ready = events.find((event) => event.kind === 'ready')!;
  expect(ready.settings.computeDtype).toBe(ready.device.computeDtype);
  if (namedByLinux() === false) expect(ready.settings.computeDtype).toBe('float32');
  const warnings = events.filter((event) => event.kind === 'log' && event.text.includes('engine.compute_dtype'));
  const inert = expect.objectContaining({
    level: 'warning',
    text: 'engine.compute_dtype: `bfloat16` has no effect with TensorFlow 2.21: matrices are multiplied in float32 on every processor.',
  });
  expect(warnings).toEqual(ready.settings.computeDtype === dtype ? [] : [inert]);
});

test.runIf(hasNative)('a process that was not told to does not round', () => {
  expect(roundsMatmuls(loadNativeEngine(process.env.KEEL_ENGINE_BINDING!).binding)).toBe(false);
});

test.each([
  ['rounded', 128, false, true],
  ['exact', 128 + 2 ** -5, false, false],
  ['on a GPU', 128, true, false],
])('products that are %s are told from their sum', (_, sum, isGpu, expected) => {
  const live = new Set<number>();
  const made = (id: number) => {
    live.add(id);
    return id;
  };
  const binding = {
    isUsingGpuDevice: () => isGpu,
    createTensor: () => made(live.size),
    executeOp: () => [{ id: made(live.size) }],
    tensorDataSync: () => [sum],
    deleteTensor: (id: number) => live.delete(id),
  };
  expect(roundsMatmuls(binding as never)).toBe(expected);
  expect(live.size).toBe(0);
});
