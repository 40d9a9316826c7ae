import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { multipliesBfloat16 } from '#engine/runtime/float32-product.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { loadNativeEngine } from '#engine/runtime/native-engine.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { asFactor, multiplied, product, setComputeDtype } from '#engine/runtime/ops/product.ts';
import { whileLoop } from '#engine/runtime/ops/while-loop.ts';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { STORED_DTYPES } from '#engine/runtime/stored/stored-dtype.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { openCritic, openPolicy, openReference } from '#engine/session/open-models.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hasNative } from '../../support/runtimes.ts';
import { scoreRandomTokens } from '../../support/score-random-tokens.ts';
import { tinyConfigs } from '../../support/tiny-world.ts';

// Products of bfloat16 are oneDNN's; the other tests compute without it.
vi.hoisted(() => {
  process.env.TF_ENABLE_ONEDNN_OPTS = '1';
});

const STARTER = join(import.meta.dirname, '../../../resources/starter/policy');
const TOKENS = { rows: 2, prompt: 16, response: 24 };
/** Nats a token, as docs/decisions/0016 has it. */
const BOUND = 0.5;

/** Rounds to 8 significant bits, a tie to the even one. */
function toBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  for (const [at, one] of bits.entries()) bits[at] = (one + 0x7fff + ((one >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer);
}

function numbers(label: string, count: number): Float32Array {
  const random = seededGenerator(0, label);
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** a bᵀ in float64. Shapes: a [m, k], b [n, k]. */
function byHand(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let index = 0; index < k; index += 1) sum += a[row * k + index]! * b[column * k + index]!;
    return sum;
  });
}

const largest = (values: Iterable<number>) => [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  largest(Array.from(a, (value, at) => value - b[at]!));

describe.runIf(hasNative).each(['compiled', 'eager'] as const)('products rounded to bfloat16, %s', (mode) => {
  let runtime: Runtime;
  let steps = 0;
  beforeAll(async () => {
    runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING!, mode });
  });
  afterAll(() => {
    setComputeDtype('float32');
    runtime.dispose();
  });

  function compute(dtype: 'float32' | 'bfloat16', step: Parameters<Runtime['compile']>[1]) {
    setComputeDtype(dtype);
    steps += 1;
    const result = runtime.compile(`step${steps}`, step)({});
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    return result;
  }

  const [M, K, N] = [12, 40, 24];
  const a = numbers('a', M * K);
  const b = numbers('b', N * K);

  test('are those of rounded factors, summed exactly and rounded once', () => {
    const exact = byHand(toBfloat16(a), toBfloat16(b), K);
    const { y } = compute('bfloat16', () => ({
      y: multiplied(asFactor(tf.tensor(a, [M, K])), asFactor(tf.tensor(b, [N, K])), false, true),
    }));
    // The last of 8 bits of the largest number, and what the order of a sum in float32 can move.
    const lastBit = 2 ** (Math.floor(Math.log2(largest(exact))) - 7);
    expect(difference(y!.data, toBfloat16(exact))).toBeLessThanOrEqual(lastBit);
    expect(difference(y!.data, byHand(a, b, K))).toBeGreaterThan(1e-3);
  });

  test.each([true, false])('have the gradients of the product, transposed: %s', (transposes) => {
    const gradients = (dtype: 'float32' | 'bfloat16') => {
      for (const [name, value, shape] of [
        ['x', a, [M, K]],
        ['w', b, transposes ? [N, K] : [K, N]],
      ] as const) {
        if (!runtime.variables.has(name)) runtime.variables.create(name, float32(value, shape));
      }
      const result = compute(dtype, (variables) => {
        const { gradients: of } = valueAndGradients(variables, ['x', 'w'], (weights) => ({
          loss: tf.sum(tf.square(product(weights('x'), weights('w'), transposes))),
          aux: {},
        }));
        return of;
      });
      return result;
    };
    const [exact, rounded] = [gradients('float32'), gradients('bfloat16')];
    runtime.variables.remove('');
    for (const name of ['x', 'w']) {
      const [wanted, found] = [exact[name]!.data, rounded[name]!.data];
      expect(difference(found, wanted) / largest(wanted)).toBeLessThan(0.03);
      expect(difference(found, wanted)).toBeGreaterThan(0);
    }
  });

  test.each(STORED_DTYPES)('take a frozen weight from its storage, in and outside of a loop: %s', (stored) => {
    runtime.variables.create('w', float32(numbers('square', K * K), [K, K]), stored);
    const read = runtime.variables.read('w').data;
    const once = (x: Tensor, variables: Parameters<Parameters<Runtime['compile']>[1]>[0]) =>
      multiplied(asFactor(x), variables.factor('w', x), false, true);
    const { y } = compute('bfloat16', (variables) => ({ y: once(tf.tensor(a, [M, K]), variables) }));
    const { y: looped } = compute('bfloat16', (variables) => {
      const { x } = whileLoop(
        { at: tf.scalar(0, 'int32'), x: tf.tensor(a, [M, K]) },
        ({ at }) => tf.less(at!, tf.scalar(1, 'int32')),
        ({ at, x: before }) => ({ at: tf.add(at!, tf.scalar(1, 'int32')) as Tensor, x: once(before!, variables) }),
      );
      return { y: x! };
    });
    runtime.variables.remove('');
    const exact = byHand(toBfloat16(a), toBfloat16(read), K);
    const lastBit = 2 ** (Math.floor(Math.log2(largest(exact))) - 7);
    expect(difference(y!.data, toBfloat16(exact))).toBeLessThanOrEqual(lastBit);
    expect(looped!.data).toEqual(y!.data);
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
    const logprobs = policyLogprobs!.data;
    return { logprobs, ratios: logprobs.map((one, at) => one - refLogprobs.data[at]!) };
  }

  test('move log-probs and log-ratios of the starter model by no more than is stated', () => {
    setComputeDtype('float32');
    const exact = score('exact');
    setComputeDtype('bfloat16');
    const rounded = score('rounded');
    for (const key of ['logprobs', 'ratios'] as const) {
      expect(difference(exact[key], rounded[key])).toBeGreaterThan(0.001);
      expect(difference(exact[key], rounded[key])).toBeLessThan(BOUND);
    }
  });
});

/** Processor time of products of a layer's size, the least of some, each precision in turn. */
async function fastest(): Promise<Record<'float32' | 'bfloat16', number>> {
  const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING!, mode: 'compiled' });
  const [m, k, n] = [384, 768, 2048];
  runtime.variables.create('x', float32(numbers('x', m * k), [m, k]));
  runtime.variables.create('w32', float32(numbers('w', n * k), [n, k]));
  runtime.variables.create('w16', float32(numbers('w', n * k), [n, k]), 'bfloat16');
  const stepOf = (dtype: 'float32' | 'bfloat16') => {
    setComputeDtype(dtype);
    const step = runtime.compile(dtype, (variables) => {
      const x = variables.read('x');
      const name = dtype === 'float32' ? 'w32' : 'w16';
      const sums = Array.from({ length: 4 }, (_, at) =>
        tf.sum(multiplied(asFactor(tf.add(x, at)), variables.factor(name, x), false, true)),
      );
      return { sum: tf.addN(sums) };
    });
    step({});
    return step;
  };
  const steps = { float32: stepOf('float32'), bfloat16: stepOf('bfloat16') };
  const least = { float32: Number.POSITIVE_INFINITY, bfloat16: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 12; round += 1) {
    for (const dtype of ['float32', 'bfloat16'] as const) {
      // Processor time, since other programs may run beside.
      const start = process.cpuUsage();
      steps[dtype]({});
      const { user, system } = process.cpuUsage(start);
      least[dtype] = Math.min(least[dtype], user + system);
    }
  }
  setComputeDtype('float32');
  runtime.dispose();
  return least;
}

const hasProducts = hasNative && multipliesBfloat16(loadNativeEngine(process.env.KEEL_ENGINE_BINDING!).binding);

test.runIf(hasProducts)('a processor with products of bfloat16 computes them in less time', async () => {
  const { float32: wide, bfloat16: narrow } = await fastest();
  expect(narrow / wide).toBeLessThan(0.85);
});

test.skipIf(hasProducts)('NOT TESTED: this processor has no fast products of bfloat16, so none can be timed', () => {
  expect(hasProducts).toBe(false);
});

test.runIf(hasNative).each(['bfloat16', 'float32'])(
  'a run records in what it multiplies and says where that is not what it was told: %s',
  async (dtype) => {
    const { world, remove } = await freshTinyWorld();
    onTestFinished(remove);
    const runFolder = join(world.folder, 'run');
    mkdirSync(runFolder);
    const given = tinyConfigs(world, 1).sft as Record<string, object>;
    const config = { ...given, engine: { ...given.engine, compute_dtype: dtype } };
    const env = { KEEL_COMPUTE_DTYPE: dtype, TF_ENABLE_ONEDNN_OPTS: '1' };
    const { events } = await runEngine({ config, runFolder, resumeFrom: null, env });
    expect(events.at(-1)).toMatchObject({ kind: 'summary' });
    const ready = events.find((event) => event.kind === 'ready')!;
    expect(ready.settings.computeDtype).toBe(ready.device.computeDtype);
    expect(ready.settings.computeDtype).toBe(hasProducts ? dtype : 'float32');
    const warnings = events.filter((event) => event.kind === 'log' && event.text.includes('engine.compute_dtype'));
    const told = expect.objectContaining({ level: 'warning', text: expect.stringContaining('AVX512-BF16') });
    expect(warnings).toEqual(ready.settings.computeDtype === dtype ? [] : [told]);
  },
);

test.each([
  ['vendor_id : AuthenticAMD\nflags : fma avx2 avx512_bf16', false, true],
  ['vendor_id : GenuineIntel\nflags : fma avx2 avx512_bf16', false, false],
  ['vendor_id : GenuineIntel\nflags : avx512_bf16 amx_bf16', false, true],
  ['flags : fma avx2 avx512f', false, false],
  ['', false, false],
  ['', true, true],
])('a processor tells whether it has products of bfloat16: %s', (abilities, isGpu, expected) => {
  expect(multipliesBfloat16({ isUsingGpuDevice: () => isGpu }, abilities)).toBe(expected);
});

test('what a page says of the bound is what is tested', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/decisions/0016-bfloat16-matmuls.md'), 'utf8');
  expect(page).toContain(`within ${BOUND} nats`);
});
