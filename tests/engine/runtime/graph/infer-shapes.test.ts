import { beforeAll, describe, expect, it } from 'vitest';
import type { Binding } from '#engine/runtime/binding.ts';
import { Recorder } from '#engine/runtime/graph/recorder.ts';
import { inferShapes } from '#engine/runtime/graph/shapes/infer-shapes.ts';
import type { Meta } from '#engine/runtime/graph/shapes/meta.ts';
import { computingTracer, type Tracer } from '#engine/runtime/graph/tracer.ts';
import { nativeBackend } from '#engine/runtime/native.ts';
import { globalNorm } from '#engine/runtime/ops/gradients.ts';
import { crossEntropy } from '#engine/runtime/ops/log-softmax.ts';
import { scaledOrZero } from '#engine/runtime/ops/masked.ts';
import { select } from '#engine/runtime/ops/select.ts';
import { overwriteAt, placeAt, rowsAt, writeAt } from '#engine/runtime/ops/while-loop.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Tensor } from '#engine/runtime/types.ts';
import { nativeKinds } from '../../../support/runtimes.ts';

/** Computes with TensorFlow and holds every inferred shape against what TensorFlow gives. */
function comparingTracer(binding: Binding, seen: Set<string>): Tracer {
  const real = computingTracer(binding);
  const metas = new Map<number, Meta>();
  return {
    ...real,
    unknown: (shape, dtype) => {
      const made = real.unknown(shape, dtype);
      metas.set(made.id, { shape, dtype });
      return made;
    },
    constant: (shape, dtype, data) => {
      const id = real.constant(shape, dtype, data);
      metas.set(id, { shape, dtype, value: data as unknown as ArrayLike<number> });
      return id;
    },
    execute: (op, attributes, completed, inputs, outputs) => {
      const made = real.execute(op, attributes, completed, inputs, outputs);
      const inferred = inferShapes(
        op,
        inputs.map((id) => metas.get(id) as Meta),
        completed,
      );
      expect({ op, made: inferred }).toEqual({ op, made: made.map(({ shape, dtype }) => ({ shape, dtype })) });
      for (const { id, shape, dtype } of made) metas.set(id, { shape, dtype });
      seen.add(op);
      return made;
    },
  };
}

const f = (...shape: number[]) => tf.ones(shape);
const i = (...values: number[]) => tf.tensor1d(values, 'int32');

/** One use or more of every op that has a rule. */
const USES: readonly (() => unknown)[] = [
  () => globalNorm({ a: f(2, 3), b: f(4) }),
  () => [tf.abs, tf.exp, tf.log, tf.neg, tf.rsqrt, tf.sqrt, tf.square, tf.tanh, tf.erf].map((op) => op(f(2, 3))),
  () => [tf.sigmoid, tf.softmax, tf.logSoftmax, tf.onesLike, tf.zerosLike, tf.relu].map((op) => op(f(2, 3))),
  () => [tf.isFinite, tf.isNaN, tf.isInf].map((op) => op(f(2))),
  () => [tf.add, tf.sub, tf.mul, tf.div, tf.pow, tf.maximum].map((op) => op(f(2, 1, 3), f(4, 1))),
  () => [tf.minimum, tf.squaredDifference, tf.mod, tf.floorDiv].map((op) => op(f(3), f(2, 3))),
  () => [tf.equal, tf.greater, tf.lessEqual, tf.notEqual].map((op) => op(f(2, 1), f(3))),
  () => tf.logicalAnd(tf.logicalNot(f(2, 1).toBool()), tf.logicalOr(f(3).toBool(), f(2, 3).toBool())),
  () => [tf.where(f(2, 3).toBool(), f(2, 3), f(2, 3)), select(f(2, 1).toBool(), f(3), f(1, 1, 1))],
  () => [f(2).toInt(), f(2).toBool(), i(1, 2).toFloat()],
  () => [tf.matMul(f(2, 3), f(3, 4)), tf.matMul(f(3, 2), f(4, 3), true, true)],
  () => [tf.matMul(f(5, 1, 2, 3), f(5, 6, 4, 3), false, true), tf.matMul(f(7, 3, 2), f(7, 3, 4), true)],
  () => [tf.sum(f(2, 3, 4), [0, 2]), tf.mean(f(2, 3), -1, true), tf.max(f(2, 3), 1), tf.min(f(2)), tf.prod(f(2, 3), 0)],
  () => [tf.all(f(2, 3).toBool(), 1), tf.any(f(2, 3).toBool()), tf.argMax(f(2, 3), 1), tf.argMin(f(2, 3), 0)],
  () => [f(2, 6).reshape([3, -1]), f(2, 3, 4).transpose([2, 0, 1]), f(2, 3).expandDims(-1), f(2, 3).expandDims(0)],
  () => [tf.concat([f(2, 3), f(2, 1)], -1), tf.stack([f(2), f(2), f(2)], 1), tf.unstack(f(2, 3), 1)],
  () => [tf.split(f(2, 6), [1, 2, 3], -1), tf.slice(f(4, 5), [1, 2], [2, -1]), tf.tile(f(2, 1), [3, 4])],
  () => [
    tf.stridedSlice(f(6, 7), [1, 6], [5, 0], [2, -3]),
    tf.stridedSlice(f(4, 5), [0, 1], [0, 2], [1, 1], 1, 1, 0, 0, 2),
  ],
  () => [tf.gather(f(5, 3), i(1, 0, 1)), tf.gather(f(2, 5, 3), tf.ones([4, 2], 'int32'), 1)],
  () => [tf.gatherND(f(4, 5, 6), tf.ones([3, 2], 'int32')), tf.scatterND(tf.ones([2, 1], 'int32'), f(2, 3), [4, 3])],
  () => [
    tf.tensorScatterUpdate(f(4, 3), tf.ones([2, 1], 'int32'), f(2, 3)),
    tf.pad(f(2, 3), [
      [1, 0],
      [2, 3],
    ]),
  ],
  () => [tf.fill([2, 3], 7), tf.range(2, 9, 3, 'int32'), tf.range(5, 0, -2), tf.oneHot(i(1, 0), 4)],
  () => [tf.topk(f(2, 5), 3), tf.unsortedSegmentSum(f(4, 3), i(0, 1, 0, 1) as never, 6), tf.addN([f(2), f(2)])],
  () => [tf.cumsum(f(2, 3), 1), tf.reverse(f(2, 3), 1), tf.clipByValue(f(2, 3), 0, 1), tf.expm1(f(2)), tf.log1p(f(2))],
  () => [crossEntropy(f(2, 3, 5), tf.ones([2, 3], 'int32')), scaledOrZero(f(2, 3), tf.scalar(0))],
  () => [
    writeAt(f(2, 4, 3), f(2, 1, 3), placeAt(tf.scalar(1, 'int32'), [2, 4, 3], 1)),
    overwriteAt(f(2, 4, 3), f(2, 1, 3), rowsAt(tf.scalar(1, 'int32'), [2, 4, 3])),
    tf.floor(f(2)),
    tf.ceil(f(2)),
    tf.round(f(2)),
    tf.sign(f(2)),
  ],
];

describe.runIf(nativeKinds.length > 0)('inferShapes', () => {
  beforeAll(async () => {
    await nativeKinds[0]?.start();
  });

  it('gives the shapes and dtypes that TensorFlow gives', () => {
    const backend = nativeBackend();
    const seen = new Set<string>();
    const recorder = new Recorder(backend, comparingTracer(backend.binding, seen));
    const before = backend.binding.getNumOfTensors();
    recorder.record(() => {
      for (const use of USES) tf.tidy(() => void use());
    });
    expect(backend.binding.getNumOfTensors()).toBe(before);
    expect(seen.size).toBeGreaterThan(75);
  });

  it('gives the shapes of gradients', () => {
    const backend = nativeBackend();
    const recorder = new Recorder(backend, comparingTracer(backend.binding, new Set()));
    const loss = (x: Tensor) => {
      const [a, b] = tf.split(tf.concat([x, tf.square(x)], 1), [2, 4], 1) as [Tensor, Tensor];
      const scores = tf.softmax(tf.matMul(a.expandDims(0), a.expandDims(0), false, true));
      return tf.sum(tf.add(tf.mean(scores), tf.mul(b.slice([0, 1], [-1, 2]), tf.gather(b, i(0, 1, 1)).sum(1, true))));
    };
    recorder.record(() => tf.tidy(() => void tf.grad(loss)(f(3, 3))));
  });
});
