import type { BoolHost, FloatHost, IntHost } from './host-tensor.ts';

/** Stacks arrays of one kind along the first axis. Shape: each [rows, ..] with the same axes after the first. */
export function stackRows<T extends FloatHost | IntHost | BoolHost>(parts: readonly T[]): T {
  const [first] = parts as readonly [T, ...T[]];
  const length = parts.reduce((sum, { data }) => sum + data.length, 0);
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  const data = new (first.data.constructor as new (length: number) => T['data'])(length);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data as never, offset);
    offset += part.data.length;
  }
  return { ...first, shape: [rows, ...first.shape.slice(1)], data };
}
