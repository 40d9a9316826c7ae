import type { BoolHost, FloatHost, IntHost } from './host-tensor.ts';

/** Selected rows of a [b, ..] array, in the given order. */
export function takeRows<T extends FloatHost | IntHost | BoolHost>(source: T, rows: readonly number[]): T {
  const width = source.data.length / (source.shape[0] as number);
  const data = new (source.data.constructor as new (length: number) => T['data'])(rows.length * width);
  rows.forEach((row, index) => {
    data.set(source.data.subarray(row * width, (row + 1) * width) as never, index * width);
  });
  return { ...source, shape: [rows.length, ...source.shape.slice(1)], data };
}
