import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32, int32 } from '#engine/runtime/host-tensor.ts';
import { overwriteAt, placeAt, rowsAt, whileLoop, writeAt } from '#engine/runtime/ops/while-loop.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { leakOf } from '../../../support/leak-check.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const one = () => tf.scalar(1, 'int32');

describe.each(runtimeKinds)('whileLoop, $kind', ({ start, kind }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it('runs as often as its condition says, also never, and then again', () => {
    const step = runtime.compile('count', (_, { n }) => {
      const { i, sum } = whileLoop(
        { i: tf.scalar(0, 'int32'), sum: tf.scalar(0) },
        (state) => tf.less(state.i!, n!),
        (state) => ({ i: tf.add(state.i!, one()), sum: tf.add(state.sum!, state.i!.toFloat()) }),
      );
      return { i: i!, sum: sum! };
    });
    const results = [5, 0, 100].map((n) => step({ n: int32([n], []) }));
    expect(results.map(({ i, sum }) => [i?.data[0], sum?.data[0]])).toEqual([
      [5, 10],
      [0, 0],
      [100, 4950],
    ]);
  });

  it('reads variables, inputs and constants from outside, and lets the step change variables', () => {
    runtime.variables.create('w', float32([1, 1, 0, 1], [2, 2]));
    const step = runtime.compile('outside', (variables, { x }) => {
      const { y } = whileLoop(
        { i: tf.scalar(0, 'int32'), y: x! },
        (state) => tf.less(state.i!, tf.scalar(3, 'int32')),
        (state) => ({ i: tf.add(state.i!, one()), y: tf.matMul(state.y!, variables.read('w')) }),
      );
      variables.assign('w', tf.mul(variables.read('w'), 2));
      return { y: y! };
    });
    // [[1, 1], [0, 1]]³ = [[1, 3], [0, 1]], then eight times that.
    expect([...(step({ x: float32([1, 0], [1, 2]) }).y?.data ?? [])]).toEqual([1, 3]);
    expect([...(step({ x: float32([1, 0], [1, 2]) }).y?.data ?? [])]).toEqual([8, 24]);
    runtime.variables.remove('w');
  });

  it('writes a cache place by place and keeps state that does not depend on the rest', () => {
    const step = runtime.compile('cache', (_, { share }) => {
      const { cache, fresh } = whileLoop(
        { i: tf.scalar(0, 'int32'), cache: tf.zeros([2, 3, 1]), fresh: tf.zeros([2]) },
        (state) => tf.less(state.i!, tf.scalar(2, 'int32')),
        (state) => {
          // Within (0, 1), another number each time.
          const drawn = tf.sigmoid(tf.add(share!, state.i!.toFloat()).reshape([2, 1, 1]));
          const written = writeAt(
            state.cache!,
            tf.ceil(tf.add(drawn, state.i!.toFloat())),
            placeAt(state.i!, [2, 3, 1], 1),
          );
          return { i: tf.add(state.i!, one()), cache: written, fresh: tf.ones([2]) };
        },
      );
      return { cache: cache!, fresh: fresh! };
    });
    const { cache, fresh } = step({ share: float32([0, 4], [2]) });
    expect([...(cache?.data ?? [])]).toEqual([1, 2, 0, 1, 2, 0]);
    expect([...(fresh?.data ?? [])]).toEqual([1, 1]);
  });

  it('overwrites a cache of its own, read after each write', () => {
    const shape = [2, 2, 3, 2];
    const step = runtime.compile('own cache', (_, { first }) => {
      const { cache, sums } = whileLoop(
        { i: tf.scalar(0, 'int32'), cache: tf.concat([first!, tf.zeros([2, 2, 1, 2])], 2), sums: tf.zeros([3]) },
        (state) => tf.less(state.i!, tf.scalar(2, 'int32')),
        (state) => {
          const value = tf.add(tf.sum(state.sums!), tf.ones([2, 2, 1, 2]));
          const column = tf.add(state.i!, one());
          const written = overwriteAt(state.cache!, value, rowsAt(column, shape));
          const sum = tf.sum(written).reshape([1]);
          return { i: column, cache: written, sums: writeAt(state.sums!, sum, placeAt(state.i!, [3], 0)) };
        },
      );
      return { cache: cache!, sums: sums! };
    });
    const first = float32(
      Array.from({ length: 16 }, (_, index) => index),
      [2, 2, 2, 2],
    );
    // Columns 1 and 2 of every head are overwritten: by 1 for a sum of 52 + 8 = 60, then by 61 for one of 60 + 8 · 61.
    const expected = [0, 1, 4, 5, 8, 9, 12, 13].flatMap((even, index) => (index % 2 ? [even, 1, 1, 61, 61] : [even]));
    for (const _ of [1, 2]) {
      const { cache, sums } = step({ first });
      expect([...(cache?.data ?? [])]).toEqual(expected);
      expect([...(sums?.data ?? [])]).toEqual([60, 548, 0]);
    }
    expect([...first.data]).toEqual(Array.from({ length: 16 }, (_, index) => index));
  });

  it('nests', () => {
    const step = runtime.compile('nested', (_, { n }) => {
      const { total } = whileLoop(
        { i: tf.scalar(0, 'int32'), total: tf.scalar(0, 'int32') },
        (state) => tf.less(state.i!, n!),
        (state) => {
          const { inner } = whileLoop(
            { j: tf.scalar(0, 'int32'), inner: state.total! },
            (deep) => tf.less(deep.j!, state.i!),
            (deep) => ({ j: tf.add(deep.j!, one()), inner: tf.add(deep.inner!, n!) }),
          );
          return { i: tf.add(state.i!, one()), total: inner! };
        },
      );
      return { total: total! };
    });
    // 0 + 1 + 2 + 3 inner rounds of 4 each.
    expect(step({ n: int32([4], []) }).total?.data[0]).toBe(24);
  });

  it('is recorded, not run eagerly, when steps are compiled', () => {
    expect(runtime.graphStatistics()).toMatchObject({ graphs: kind === 'compiled' ? 5 : 0, fallbacks: [] });
  });

  it('leaves no tensor behind', () => {
    const step = runtime.compile('tidy', (_, { n }) => {
      const { x } = whileLoop(
        { i: tf.scalar(0, 'int32'), x: tf.ones([4]) },
        (state) => tf.less(state.i!, n!),
        (state) => ({ i: tf.add(state.i!, one()), x: tf.tanh(state.x!) }),
      );
      return { x: x! };
    });
    expect(leakOf(runtime, 20, (round) => step({ n: int32([round % 5], []) }))).toBe(0);
  });
});
