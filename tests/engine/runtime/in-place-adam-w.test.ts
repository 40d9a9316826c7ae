import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { type FloatHost, float32 } from '#engine/runtime/host-tensor.ts';
import { canUpdateInPlace } from '#engine/runtime/in-place-adam-w.ts';
import { loadNativeEngine } from '#engine/runtime/native-engine.ts';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, TensorRecord } from '#engine/runtime/types.ts';
import { type EngineManifest, isOutdated, readJson } from '../../../scripts/setup/engine-manifest.mjs';
import { hasNative } from '../../support/runtimes.ts';

const binding = process.env.KEEL_ENGINE_BINDING as string;
const SETTINGS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
/** More than two threads share, and no multiple of what a vector instruction takes. */
const MANY = 2 * 2 ** 20 + 13;

const scalar = (value: number) => float32([value], []);
const bitsOf = ({ data }: FloatHost) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');

/** Numbers of many sizes, the same for the same seed. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 10 ** -(state % 5);
  });
}

/** An engine that an older version of Keel built, and that could not be built again here, has no such operation. */
const manifest = readJson(join(dirname(binding), 'engine.json')) as EngineManifest | null;
const isOlder = manifest !== null && isOutdated(manifest);

describe.skipIf(!hasNative || isOlder)('AdamW in place', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await startRuntime({ binding, mode: 'compiled' });
  });
  afterAll(() => runtime.dispose());

  /** Three updates, the second of them with a gradient that is not finite; the bits of weights and moments. */
  function train(name: string, count: number, isWatched: boolean): { readonly bits: string[]; readonly nodes: number } {
    const weights = ['a', 'b', 'c'].map((each) => `${name}/${each}`);
    for (const weight of weights) runtime.variables.create(weight, float32(numbers(count, 1), [count]));
    createAdamW(runtime.variables, name, weights);
    const before = runtime.graphStatistics().nodes;
    const update = runtime.compile(name, (variables, { g, step }) => {
      const options = { ...SETTINGS, prefix: name, learningRate: tf.scalar(0.01), step: step! };
      const { gradNorm } = adamW(variables, Object.fromEntries(weights.map((weight) => [weight, g!])), options);
      const results: TensorRecord = { gradNorm };
      if (isWatched) results.watched = g!;
      return results;
    });
    for (const [index, spoiled] of [false, true, false].entries()) {
      const gradient = numbers(count, index + 2);
      if (spoiled) gradient[count - 1] = Number.NaN;
      update({ g: float32(gradient, [count]), step: scalar(index + 1) });
    }
    const nodes = runtime.graphStatistics().nodes - before;
    const bits = runtime.variables.names(`${name}/`).map((each) => bitsOf(runtime.variables.read(each)));
    runtime.variables.remove(`${name}/`);
    return { bits, nodes };
  }

  it('is an operation of an engine that the setup has compiled for a CPU', () => {
    const { binding: engine } = loadNativeEngine(binding);
    expect(canUpdateInPlace(engine)).toBe(!engine.isUsingGpuDevice());
    const live = engine.getNumOfTensors();
    canUpdateInPlace(engine);
    expect(engine.getNumOfTensors()).toBe(live);
  });

  it.each([1, 7, 1000, MANY])('gives the bits of several operations for %d numbers', (count) => {
    const inPlace = train(`one${count}`, count, false);
    const several = train(`several${count}`, count, true);
    expect(inPlace.bits).toEqual(several.bits);
    // Otherwise both would be the same thing; the result that makes it several is a node itself.
    expect(inPlace.nodes).toBeLessThan(several.nodes - 1);
  });

  it('lets a step return a variable as it was before the update', () => {
    const given = numbers(64, 5);
    runtime.variables.create('r/w', float32(given.slice(), [64]));
    createAdamW(runtime.variables, 'r', ['r/w']);
    const update = runtime.compile('return', (variables) => {
      const before = variables.read('r/w');
      adamW(
        variables,
        { 'r/w': before },
        { ...SETTINGS, prefix: 'r', learningRate: tf.scalar(0.1), step: tf.scalar(1) },
      );
      return { before };
    });
    expect(update({}).before?.data).toEqual(given);
    expect(runtime.variables.read('r/w').data).not.toEqual(given);
    runtime.variables.remove('r/');
  });

  it('is not used for a variable that a step has assigned, whose readers get copies', () => {
    const given = numbers(64, 6);
    runtime.variables.create('c/w', float32(new Float32Array(64), [64]));
    createAdamW(runtime.variables, 'c', ['c/w']);
    const assign = runtime.compile('assign', (variables, { value }) => {
      variables.assign('c/w', value!);
      return {};
    });
    assign({ value: float32(given, [64]) });
    const update = runtime.compile('after', (variables, { g }) => {
      const options = { ...SETTINGS, prefix: 'c', learningRate: tf.scalar(0.1), step: tf.scalar(1) };
      return { gradNorm: adamW(variables, { 'c/w': g! }, options).gradNorm };
    });
    update({ g: float32(numbers(64, 7), [64]) });
    expect(runtime.variables.read('c/w').data).not.toEqual(given);
    runtime.variables.remove('c/');
  });
});
