import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type BoolHost, bool, type FloatHost, float32, type IntHost, int32 } from '#engine/runtime/host-tensor.ts';

/** A number, or the word for one that JSON has no number for. */
export type Written = number | 'NaN' | 'Infinity' | '-Infinity';
export type Nested = Written | readonly Nested[];

const folder = new URL('../fixtures/apa/', import.meta.url);

/** A file of golden numbers, made by an independent PyTorch program in float64. */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T;
}

/** Row-major numbers of a nested list. */
export function flat(value: Nested): readonly number[] {
  return Array.isArray(value) ? value.flatMap((item) => flat(item as Nested)) : [Number(value)];
}

export function shapeOf(value: Nested): readonly number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf((value as readonly Nested[])[0] as Nested)] : [];
}

export const floats = (value: Nested): FloatHost => float32(flat(value), shapeOf(value));
export const ints = (value: Nested): IntHost => int32(flat(value), shapeOf(value));
export const flags = (value: Nested): BoolHost => bool(flat(value).map(Boolean), shapeOf(value));

/** |got - want| <= tolerance · max(floor, max |want|) for each number; NaN wants NaN. */
export function expectArray(
  got: ArrayLike<number>,
  want: Nested,
  { tolerance = 2e-5, floor = 1e-3 }: { readonly tolerance?: number; readonly floor?: number } = {},
): void {
  const wanted = flat(want);
  const finite = wanted.filter(Number.isFinite).map(Math.abs);
  const allowed = tolerance * Math.max(floor, ...finite);
  expect(got.length).toBe(wanted.length);
  const worst = wanted.reduce((most, value, i) => {
    if (Number.isNaN(value) || !Number.isFinite(value))
      return Object.is(got[i], value) ? most : Number.POSITIVE_INFINITY;
    return Math.max(most, Number.isFinite(got[i]) ? Math.abs(got[i]! - value) : Number.POSITIVE_INFINITY);
  }, 0);
  expect(worst).toBeLessThanOrEqual(allowed);
}

/** Relative 1e-8, absolute 1e-12: what float64 arithmetic has to give. */
export function expectDouble(got: ArrayLike<number>, want: Nested): void {
  expectArray(got, want, { tolerance: 1e-8, floor: 1e-4 });
}
