import type { Rollout } from '../records.ts';
import type { BoolHost, FloatHost, IntHost } from '../runtime/host-tensor.ts';

/** Rows of a [b, ..] array, in the given order. */
export function takeRows<T extends FloatHost | IntHost | BoolHost>(source: T, rows: readonly number[]): T {
  const width = source.data.length / (source.shape[0] as number);
  const data = new (source.data.constructor as new (length: number) => T['data'])(rows.length * width);
  rows.forEach((row, index) => {
    data.set(source.data.subarray(row * width, (row + 1) * width) as never, index * width);
  });
  return { ...source, shape: [rows.length, ...source.shape.slice(1)], data };
}

function isArray(value: unknown): value is FloatHost | IntHost | BoolHost {
  return typeof value === 'object' && value !== null && 'dtype' in value;
}

/** Some rows of a rollout, or of what later hops made of it, in the given order. */
export function takeRollout<R extends Rollout>(rollout: R, rows: readonly number[]): R {
  const entries = Object.entries(rollout).map(([key, value]: [string, unknown]) => {
    if (isArray(value)) return [key, takeRows(value, rows)];
    return [key, Array.isArray(value) ? rows.map((row) => value[row] as unknown) : value];
  });
  return Object.fromEntries(entries) as R;
}
