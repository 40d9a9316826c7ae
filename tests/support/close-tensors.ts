import { expect } from 'vitest';
import type { FloatHost } from '#engine/runtime/host-tensor.ts';
import type { HostRecord } from '#engine/runtime/types.ts';

type Tensors = ReadonlyMap<string, ArrayLike<number>>;

/** The Euclidean norm. */
function normOf(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}

/** The norm of a difference in units of the norm of what is wanted. */
export function distance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  return normOf(Array.from(found, (value, at) => value - wanted[at]!)) / normOf(wanted);
}

/**
 * The gradient of a key's bias is 0 by construction, as softmax subtracts it again; so is that of a bias which chosen and
 * rejected replies share. What is left of their terms is rounding, another number on every processor: a tensor's size is
 * never taken to be below this share of all tensors' norm.
 */
const NEGLIGIBLE = 0.01;

/**
 * Fails where all tensors together differ by more than `relative` of their norm, or one by more than ten times as much of
 * its own.
 */
export function expectCloseGradients(found: Tensors, wanted: Tensors, relative: number): void {
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  const rows = [...wanted].map(([name, values]) => {
    const size = normOf(values);
    return { name, size, apart: size === 0 ? normOf(found.get(name)!) : distance(found.get(name)!, values) * size };
  });
  const whole = normOf(rows.map(({ size }) => size));
  expect(whole).toBeGreaterThan(0);
  expect(normOf(rows.map(({ apart }) => apart)) / whole, 'all gradients').toBeLessThanOrEqual(relative);
  for (const { name, size, apart } of rows)
    expect(apart / Math.max(size, NEGLIGIBLE * whole), name).toBeLessThanOrEqual(10 * relative);
}

/** The same of what a compiled step gives: its loss by itself, everything else as gradients. */
export function expectCloseSteps(found: HostRecord, wanted: HostRecord, relative: number): void {
  const [own, other] = [found, wanted].map(
    (record) => new Map(Object.entries(record).map(([name, tensor]) => [name, (tensor as FloatHost).data])),
  ) as [Map<string, Float32Array>, Map<string, Float32Array>];
  expect(distance(own.get('loss')!, other.get('loss')!), 'loss').toBeLessThanOrEqual(relative);
  own.delete('loss');
  other.delete('loss');
  expectCloseGradients(own, other, relative);
}
