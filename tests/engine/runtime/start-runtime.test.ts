import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32, int32 } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { leakOf } from '../../support/leak-check.ts';
import { nativeKinds, runtimeKinds } from '../../support/runtimes.ts';

const scalar = (value: number) => float32([value], []);

describe.each(runtimeKinds)('a $kind runtime', ({ start, kind }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it('keeps variables apart from the arrays they were made of', () => {
    const data = new Float32Array(64).fill(1);
    runtime.variables.create('own/a', float32(data, [64]));
    data.fill(2);
    expect(runtime.variables.read('own/a').data).toEqual(new Float32Array(64).fill(1));
    const next = new Float32Array(64).fill(3);
    runtime.variables.assign('own/a', float32(next, [64]));
    next.fill(4);
    runtime.variables.read('own/a').data.fill(5);
    expect(runtime.variables.read('own/a').data).toEqual(new Float32Array(64).fill(3));
    runtime.variables.remove('own/');
    expect(runtime.variables.has('own/a')).toBe(false);
  });

  it('refuses a name twice, an unknown name and a wrong shape', () => {
    const { variables } = runtime;
    variables.create('bad/a', float32([1, 2], [2]));
    expect(() => variables.create('bad/a', float32([1], [1]))).toThrow('already exists');
    expect(() => variables.read('bad/b')).toThrow('no variable named bad/b');
    expect(() => variables.assign('bad/a', float32([1], [1]))).toThrow('[2], but the value has shape [1]');
    const step = runtime.compile('bad', (inside) => {
      inside.assign('bad/a', tf.zeros([3]));
      return {};
    });
    expect(() => step({})).toThrow('shape [2], but the step assigns shape [3]');
    expect(() => runtime.compile('bad', () => ({}))).toThrow('already exists');
    variables.remove('bad/');
  });

  it('shows a step the values from before it, and changes them when it ends', () => {
    runtime.variables.create('s/a', float32([1, 2], [2]));
    runtime.variables.create('s/b', float32([0, 0], [2]));
    runtime.variables.create('s/c', scalar(7));
    const step = runtime.compile('swap', (inside, { x }) => {
      inside.assign('s/b', inside.read('s/a'));
      inside.assign('s/a', tf.add(inside.read('s/b'), x!));
      inside.add('s/c', tf.scalar(0.5));
      return { a: inside.read('s/a'), b: inside.weights('s')('b'), x: x! };
    });
    const first = step({ x: float32([10, 20], [2]) });
    expect(first).toEqual({ a: float32([1, 2], [2]), b: float32([0, 0], [2]), x: float32([10, 20], [2]) });
    const second = step({ x: float32([0, 1], [2]) });
    expect([second.a, second.b]).toEqual([float32([10, 20], [2]), float32([1, 2], [2])]);
    expect(['s/a', 's/b', 's/c'].map((name) => [...runtime.variables.read(name).data])).toEqual([
      [1, 3],
      [10, 20],
      [8],
    ]);
    runtime.variables.remove('s/');
  });

  it('does not let an assigned input live on in the caller’s array', () => {
    runtime.variables.create('in/a', float32(new Float32Array(256), [256]));
    const step = runtime.compile('keep', (inside, { x }) => {
      inside.assign('in/a', x!);
      return {};
    });
    const fed = new Float32Array(256).fill(1);
    step({ x: float32(fed, [256]) });
    fed.fill(9);
    expect(runtime.variables.read('in/a').data).toEqual(new Float32Array(256).fill(1));
    runtime.variables.remove('in/');
  });

  it('finds a variable that was removed and made again', () => {
    const make = (value: number) => runtime.variables.create('again/a', scalar(value));
    make(1);
    const step = runtime.compile('again', (inside) => ({ a: tf.mul(inside.read('again/a'), 2) }));
    expect(step({}).a?.data[0]).toBe(2);
    runtime.variables.remove('again/');
    make(21);
    expect(step({}).a?.data[0]).toBe(42);
    runtime.variables.remove('again/');
  });

  it('takes every dtype in and gives it out, also empty ones', () => {
    const step = runtime.compile('dtypes', (_, { f, i, b, e }) => ({
      f: tf.neg(f!),
      i: tf.add(i!, i!),
      b: tf.logicalNot(b!),
      e: tf.concat([e!, e!]),
    }));
    const inputs = {
      f: float32([1.5], [1, 1]),
      i: int32([2 ** 30, -1], [2]),
      b: { dtype: 'bool' as const, shape: [3], data: Uint8Array.of(1, 0, 1) },
      e: float32([], [0, 2]),
    };
    expect(step(inputs)).toEqual({
      f: float32([-1.5], [1, 1]),
      i: int32([-(2 ** 31), -2], [2]),
      b: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 0) },
      e: float32([], [0, 2]),
    });
  });

  it('leaves no tensor behind, and shows one that a step keeps', () => {
    runtime.variables.create('leak/a', float32([1, 2, 3], [3]));
    const clean = runtime.compile('clean', (inside, { x }) => {
      inside.assign('leak/a', tf.mul(inside.read('leak/a'), x!));
      return { total: tf.sum(inside.read('leak/a')) };
    });
    expect(leakOf(runtime, 300, (round) => clean({ x: scalar(round % 2 ? 2 : 0.5) }))).toBe(0);
    const planted = runtime.compile('planted', (_, { x }) => ({ x: tf.keep(tf.mul(x!, 2)) }));
    // A graph keeps what the recording kept and leaks no more; only op by op does each call leave one.
    const left = leakOf(runtime, 10, () => planted({ x: scalar(1) }));
    expect(left).toBe(kind === 'compiled' ? 0 : 10);
    runtime.variables.remove('leak/');
  });
});

describe.runIf(nativeKinds.length > 0)('compiled steps', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await (nativeKinds.find(({ kind }) => kind === 'compiled') as (typeof nativeKinds)[number]).start();
  });
  afterAll(() => runtime.dispose());

  it('builds one graph per set of shapes and runs it again', () => {
    let runs = 0;
    const step = runtime.compile('shapes', (_, { x }) => {
      runs += 1;
      return { y: tf.square(x!) };
    });
    const before = runtime.graphStatistics().graphs;
    for (const values of [[1], [2], [1, 2], [3], [3, 4]]) step({ x: float32(values, [values.length]) });
    expect(step({ x: float32([5, 6], [2]) }).y?.data).toEqual(Float32Array.of(25, 36));
    expect([runs, runtime.graphStatistics().graphs - before]).toEqual([2, 2]);
  });

  it('keeps a limited number of graphs and builds a dropped one again', () => {
    const step = runtime.compile('many', (_, { x }) => ({ y: tf.sum(x!) }));
    const before = runtime.memory();
    const built = runtime.graphStatistics().graphs;
    for (let size = 1; size <= 50; size++) step({ x: float32(new Float32Array(size).fill(1), [size]) });
    expect(runtime.memory()).toMatchObject({ graphs: 40, tensors: before.tensors });
    expect(step({ x: float32([2], [1]) }).y?.data[0]).toBe(2);
    expect(runtime.graphStatistics().graphs - built).toBe(51);
  });

  it('records an op without a shape rule by computing it', () => {
    const step = runtime.compile('no-rule', (_, { x }) => ({ y: tf.atan(x!) }));
    step({ x: scalar(1) });
    expect(step({ x: scalar(0) }).y?.data[0]).toBe(0);
    expect(step({ x: scalar(1) }).y?.data[0]).toBeCloseTo(Math.PI / 4, 6);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
  });

  it('falls back to eager with the reason when a step reads a tensor back', () => {
    const step = runtime.compile('branch', (_, { x }) => ({
      y: (x!.dataSync()[0] as number) > 0 ? tf.neg(x!) : tf.abs(x!),
    }));
    expect(step({ x: scalar(2) }).y?.data[0]).toBe(-2);
    expect(step({ x: scalar(-3) }).y?.data[0]).toBe(3);
    expect(runtime.graphStatistics().fallbacks.filter((line) => line.startsWith('branch:'))).toEqual([
      'branch: The step reads a tensor back.',
    ]);
  });

  it('lets eager and compiled steps change the same variables in turn', () => {
    runtime.variables.create('both/a', float32([1], [1]));
    const graph = runtime.compile('both-graph', (inside) => {
      inside.add('both/a', tf.ones([1]));
      return {};
    });
    const eager = runtime.compile('both-eager', (inside) => {
      inside.assign('both/a', tf.mul(inside.read('both/a'), inside.read('both/a').dataSync()[0] as number));
      return {};
    });
    for (const step of [graph, eager, graph, eager]) step({});
    expect(runtime.variables.read('both/a').data[0]).toBe(25);
    runtime.variables.remove('both/');
  });

  it('frees a removed variable although graphs have used it', () => {
    const before = runtime.memory().tensors;
    runtime.variables.create('free/a', float32([1], [1]));
    const step = runtime.compile('free', (inside) => ({ a: inside.read('free/a') }));
    step({});
    runtime.variables.remove('free/');
    expect(runtime.memory().tensors).toBe(before);
  });
});
