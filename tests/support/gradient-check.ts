import { float32, sizeOf } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';

/** A smooth weighting, so that no symmetry hides a wrong gradient. */
const weighting = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.cos(1.3 * i + 0.4));

/**
 * Largest difference between the gradients of sum(w · f(x...)) and central differences over a step of 1/64, which float32
 * resolves to about 1e-4 for values near 1.
 */
export function gradientError(
  runtime: Runtime,
  shapes: readonly (readonly number[])[],
  f: (...x: Tensor[]) => Tensor,
): number {
  const prefix = 'gradient-check';
  const values = shapes.map((shape, k) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(2.1 * i + k + 0.3)),
  );
  const names = shapes.map((_, index) => `${prefix}/${index}`);
  names.forEach((name, index) => {
    runtime.variables.create(name, float32(values[index] as Float32Array, shapes[index] as number[]));
  });
  const step = runtime.compile(`${prefix} ${performance.now()}`, (variables) => {
    const { loss, gradients } = valueAndGradients(variables, names, (weights) => {
      const result = f(...names.map((name) => weights(name)));
      return { loss: tf.sum(tf.mul(result, tf.tensor(weighting(result.size), result.shape))), aux: {} };
    });
    return { loss, ...gradients };
  });
  const { loss: _, ...gradients } = step({});
  let worst = 0;
  const h = 1 / 64;
  names.forEach((name, index) => {
    const start = values[index] as Float32Array;
    const lossAt = (i: number, shift: number) => {
      const moved = start.slice();
      moved[i] = (moved[i] as number) + shift;
      runtime.variables.assign(name, float32(moved, shapes[index] as number[]));
      return step({}).loss?.data[0] as number;
    };
    start.forEach((_value, i) => {
      // Fourth order, so that the step may be wide enough for float32.
      const slope = (8 * (lossAt(i, h) - lossAt(i, -h)) - (lossAt(i, 2 * h) - lossAt(i, -2 * h))) / (12 * h);
      worst = Math.max(worst, Math.abs(slope - (gradients[name]?.data[i] as number)));
    });
    runtime.variables.assign(name, float32(start, shapes[index] as number[]));
  });
  runtime.variables.remove(prefix);
  return worst;
}
