import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { whileLoop } from '#engine/runtime/ops/while-loop.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { AdamUpdate, Runtime, StepVariables } from '#engine/runtime/types.ts';
import { leakOf } from '../../support/leak-check.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

/** Value and the nearest float16: 11 bits down to 2⁻¹⁴, below that multiples of 2⁻²⁴; a tie goes to the even one. */
const ROUNDED: readonly (readonly [number, number])[] = [
  [1, 1],
  [1 + 2 ** -11, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
  [-(1 + 2 ** -11 + 2 ** -20), -(1 + 2 ** -10)],
  [2049, 2048],
  [2051, 2052],
  [0.1, 1638 * 2 ** -14],
  [65_504, 65_504],
  [-65_504, -65_504],
  [2 ** -14 - 2 ** -25, 2 ** -14],
  [2 ** -14 - 2 ** -24, 2 ** -14 - 2 ** -24],
  [3.4 * 2 ** -24, 3 * 2 ** -24],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [-(2 ** -25), -0],
  [1.5 * 2 ** -25, 2 ** -24],
  [2 ** -30, 0],
];

const column = (index: 0 | 1) =>
  float32(
    ROUNDED.map((pair) => pair[index]),
    [ROUNDED.length],
  );
const GIVEN = column(0);
const WANTED = column(1);

const bitsOf = (data: ArrayLike<number> | undefined) => [
  ...new Uint32Array(Float32Array.from(data as ArrayLike<number>).buffer),
];

function refusal(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('It was accepted.');
}

describe.each(runtimeKinds)('variables stored as float16, $kind', ({ start, kind }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it('are read as the nearest float16, by the host, by a step and in a loop', () => {
    runtime.variables.create('near/a', GIVEN, 'float16');
    const step = runtime.compile('near', (inside) => {
      const { looped } = whileLoop(
        { i: tf.scalar(0, 'int32'), looped: tf.zeros(GIVEN.shape as number[]) },
        (state) => tf.less(state.i!, tf.scalar(3, 'int32')),
        // The first read of the step happens in here.
        (state) => ({
          i: tf.add(state.i!, tf.scalar(1, 'int32')),
          looped: tf.add(state.looped!, inside.read('near/a')),
        }),
      );
      return { read: inside.read('near/a'), looped: looped! };
    });
    const host = runtime.variables.read('near/a');
    expect(host.dtype).toBe('float32');
    expect(bitsOf(host.data)).toEqual(bitsOf(WANTED.data));
    for (let round = 0; round < 2; round++) {
      const { read, looped } = step({});
      expect(bitsOf(read?.data)).toEqual(bitsOf(WANTED.data));
      // Three times a number of 11 bits has at most 13, so it is exact; adding to 0 makes 0 of -0.
      expect([...looped!.data]).toEqual([...WANTED.data].map((value) => 3 * value + 0));
    }
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    runtime.variables.remove('near/');
  });

  it('hold what a float16 can hold, over many sizes of numbers', () => {
    const random = seededGenerator(0, 'half');
    const values = Float32Array.from({ length: 8192 }, (_, index) => random.normal() * 2 ** ((index % 40) - 28));
    runtime.variables.create('many/a', float32(values, [64, 128]), 'float16');
    const { data, shape } = runtime.variables.read('many/a');
    expect(shape).toEqual([64, 128]);
    expect(bitsOf(data)).toEqual(bitsOf(new Float32Array(new Float16Array(values))));
    expect(bitsOf(data)).not.toEqual(bitsOf(values));
    runtime.variables.remove('many/');
  });

  it('compute in float32 beside variables of float32', () => {
    const weights = Float32Array.from({ length: 64 }, (_, index) => Math.fround(1 / (index + 3)));
    runtime.variables.create('mix/half', float32(weights, [8, 8]), 'float16');
    runtime.variables.create('mix/whole', float32(new Float32Array(new Float16Array(weights)), [8, 8]));
    const step = runtime.compile('mix', (inside, { x }) => ({
      half: tf.matMul(x!, inside.read('mix/half')),
      whole: tf.matMul(x!, inside.read('mix/whole')),
    }));
    const { half, whole } = step({ x: float32(weights.slice(0, 16), [2, 8]) });
    expect(bitsOf(half?.data)).toEqual(bitsOf(whole?.data));
    runtime.variables.remove('mix/');
  });

  it('are overwritten by the host, which a step then sees, and by nothing else', () => {
    runtime.variables.create('still/a', GIVEN, 'float16');
    const value = () => bitsOf(runtime.variables.read('still/a').data);
    const look = runtime.compile('still', (inside) => ({ a: inside.read('still/a') }));
    look({});
    const doubled = float32(
      GIVEN.data.map((number) => (Math.abs(number) > 30_000 ? number : 2 * number)),
      GIVEN.shape,
    );
    runtime.variables.assign('still/a', doubled);
    const before = value();
    expect(before).toEqual(bitsOf(new Float32Array(new Float16Array(doubled.data))));
    expect(bitsOf(look({}).a?.data)).toEqual(before);

    for (const name of ['m', 'v']) runtime.variables.create(`still/${name}`, float32([...WANTED.data], WANTED.shape));
    const adam = (change: Partial<AdamUpdate>): AdamUpdate => {
      const one = tf.scalar(0.5);
      const numbers = { scale: one, rate: one, epsilon: one, beta1: one, beta2: one, shrink: null };
      const gradient = tf.ones(GIVEN.shape as number[]);
      return { name: 'still/m', firstMoment: 'still/v', secondMoment: 'still/a', gradient, ...numbers, ...change };
    };
    const changes: Readonly<Record<string, (inside: StepVariables) => void>> = {
      assign: (inside) => inside.assign('still/a', tf.zeros(GIVEN.shape as number[])),
      add: (inside) => inside.add('still/a', tf.ones(GIVEN.shape as number[])),
      adam: (inside) => inside.applyAdam(adam({ name: 'still/a', firstMoment: 'still/m', secondMoment: 'still/v' })),
      moment: (inside) => inside.applyAdam(adam({})),
    };
    for (const [name, change] of Object.entries(changes)) {
      const step = runtime.compile(`still ${name}`, (inside) => {
        change(inside);
        return {};
      });
      expect(() => step({}), name).toThrow('still/a is stored as float16; it is frozen and steps must not change it.');
    }
    expect(value()).toEqual(before);
    runtime.variables.remove('still/');
  });

  it.each([65_505, -70_000, 3e38, Number.POSITIVE_INFINITY])('refuse %d and leave nothing behind', (value) => {
    const before = runtime.memory();
    const create = () => runtime.variables.create('large/a', float32([1, value], [2]), 'float16');
    const error = refusal(create) as KeelError;
    expect(error).toBeInstanceOf(KeelError);
    expect(error.code).toBe('weights_exceed_half');
    expect(error.why).toContain(`large/a contains ${Math.fround(value)}`);
    expect(runtime.variables.has('large/a')).toBe(false);
    expect(runtime.memory()).toEqual(before);
    runtime.variables.create('large/a', float32([1, 2], [2]), 'float16');
    expect(() => runtime.variables.assign('large/a', float32([1, value], [2]))).toThrow(
      'the largest float16 value is 65504',
    );
    expect([...runtime.variables.read('large/a').data]).toEqual([1, 2]);
    runtime.variables.remove('large/');
  });

  it('take two bytes a number, and no tensor is left of them', () => {
    const before = runtime.memory();
    runtime.variables.create('size/a', float32(new Float32Array(3000), [3, 1000]), 'float16');
    expect(runtime.variables.bytesOf('size/a')).toBe(6000);
    runtime.variables.create('size/b', float32(new Float32Array(3000), [3, 1000]));
    expect(runtime.variables.bytesOf('size/b')).toBe(12_000);
    // The JavaScript backend counts its own tensors as well, which are float32.
    const own = kind === 'javascript' ? 24_000 : 0;
    expect(runtime.memory().bytes - before.bytes - own).toBe(18_000);
    const step = runtime.compile('size', (inside) => ({ total: tf.sum(inside.read('size/a')) }));
    expect(leakOf(runtime, 30, () => step({}))).toBe(0);
    const value = float32(new Float32Array(3000), [3, 1000]);
    expect(leakOf(runtime, 30, () => runtime.variables.assign('size/a', value))).toBe(0);
    expect(leakOf(runtime, 30, () => runtime.variables.read('size/a'))).toBe(0);
    runtime.variables.remove('size/');
    expect(runtime.memory().tensors).toBe(before.tensors);
  });
});
