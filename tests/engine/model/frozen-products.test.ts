import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frozenWeights } from '#engine/model/adapters/adapted-weights.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { setComputeDtype } from '#engine/runtime/ops/product.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

/** More numbers than are widened at a time, in a number of rows that no block divides. */
const [M, ROWS, WIDTH] = [2, 70_001, 32] as const;

function numbers(label: string, count: number): Float32Array {
  const random = seededGenerator(0, label);
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** x times some consecutive numbers of w. */
const dot = (x: Float32Array, w: ArrayLike<number>, from: number) =>
  x.reduce((sum, value, at) => sum + value * w[from + at]!, 0);

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const difference = (a: ArrayLike<number>, b: Float32Array) => largest(b.map((value, at) => value - a[at]!));

describe.each(runtimeKinds)('the product with a large frozen matrix, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it.each(['float32', 'bfloat16', 'int8'] as const)(
    'and its gradient are those of the matrix as a whole: %s',
    (stored) => {
      const x = numbers('x', M * WIDTH);
      const dy = numbers('dy', M * ROWS);
      runtime.variables.create('x', float32(x, [M, WIDTH]));
      runtime.variables.create('base/w', float32(numbers('w', ROWS * WIDTH), [ROWS, WIDTH]), stored);
      const w = runtime.variables.read('base/w').data;
      const step = runtime.compile(`step ${stored}`, (variables, inputs) => {
        const { gradients, aux } = valueAndGradients(variables, ['x'], (weights) => {
          const y = frozenWeights('base')(weights).exactly(weights('x'), 'w');
          return { loss: tf.sum(tf.mul(y, inputs.dy!)), aux: { y } };
        });
        return { y: aux.y!, dx: gradients.x! };
      });
      const found = step({ dy: float32(dy, [M, ROWS]) });
      runtime.variables.remove('');
      const y = new Float32Array(M * ROWS);
      const dx = new Float64Array(M * WIDTH);
      for (let row = 0; row < M; row += 1) {
        for (let column = 0; column < ROWS; column += 1) {
          let sum = 0;
          for (let at = 0; at < WIDTH; at += 1) {
            const weight = w[column * WIDTH + at]!;
            sum += x[row * WIDTH + at]! * weight;
            dx[row * WIDTH + at]! += dy[row * ROWS + column]! * weight;
          }
          y[row * ROWS + column] = sum;
        }
      }
      expect(difference(found.y!.data, y) / largest(y)).toBeLessThan(1e-5);
      expect(difference(found.dx!.data, Float32Array.from(dx)) / largest(Float32Array.from(dx))).toBeLessThan(1e-4);
    },
  );

  it('has the gradients of a trained matrix if few rows are multiplied', () => {
    const [rows, inputs, outputs] = [3, 40, 20_001] as const;
    const [x, w, dy] = [numbers('x', rows * inputs), numbers('w', outputs * inputs), numbers('dy', rows * outputs)];
    runtime.variables.create('own/x', float32(x, [rows, inputs]));
    runtime.variables.create('own/w', float32(w, [outputs, inputs]));
    const step = runtime.compile('trained', (variables, given) => {
      const { gradients, aux } = valueAndGradients(variables, ['own/x', 'own/w'], (weights) => {
        const y = plainWeights('own')(weights).timesTransposed(weights('own/x'), 'w');
        return { loss: tf.sum(tf.mul(y, given.dy!)), aux: { y } };
      });
      return { y: aux.y!, dx: gradients['own/x']!, dw: gradients['own/w']! };
    });
    const found = step({ dy: float32(dy, [rows, outputs]) });
    runtime.variables.remove('');
    const [y, dx, dw] = [dy.map(() => 0), new Float64Array(x.length), w.map(() => 0)];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < outputs; column += 1) {
        const back = dy[row * outputs + column]!;
        for (let at = 0; at < inputs; at += 1) {
          y[row * outputs + column]! += x[row * inputs + at]! * w[column * inputs + at]!;
          dx[row * inputs + at]! += back * w[column * inputs + at]!;
          dw[column * inputs + at]! += back * x[row * inputs + at]!;
        }
      }
    }
    expect(difference(found.y!.data, y) / largest(y)).toBeLessThan(1e-5);
    expect(difference(found.dx!.data, Float32Array.from(dx)) / largest(Float32Array.from(dx))).toBeLessThan(1e-4);
    expect(difference(found.dw!.data, dw) / largest(dw)).toBeLessThan(1e-5);
  });

  it('of few rows with factors in bfloat16 is the product of the rounded factors', () => {
    const [rows, inputs, outputs] = [3, 40, 20_001] as const;
    const [x, w] = [numbers('x', rows * inputs), numbers('w', outputs * inputs)];
    runtime.variables.create('base/w', float32(w, [outputs, inputs]), 'bfloat16');
    const stored = runtime.variables.read('base/w').data;
    setComputeDtype('bfloat16');
    const step = runtime.compile('rounded', (variables, given) => {
      return { y: frozenWeights('base')(variables.weights()).timesTransposed(given.x!, 'w') };
    });
    const { y } = step({ x: float32(x, [rows, inputs]) });
    setComputeDtype('float32');
    runtime.variables.remove('');
    const expected = Float32Array.from({ length: rows * outputs }, (_, place) => {
      const [row, column] = [Math.floor(place / outputs), place % outputs];
      return dot(x.subarray(row * inputs, (row + 1) * inputs), stored, column * inputs);
    });
    expect(y!.shape).toEqual([rows, outputs]);
    // Half a unit of the last of 8 bits, for the factor and for the result.
    expect(difference(y!.data, expected) / largest(expected)).toBeLessThan(2 ** -7);
  });
});
