import { expect } from 'vitest';

const RELATIVE = 1e-5;

/**
 * What a step tells of the state that it began with. An evaluation comes after the update, in which Adam makes steps of
 * the learning rate out of gradients that are rounding alone.
 */
const atStep = (rows: ReadonlyMap<string, number>, step: number) =>
  [...rows].filter(([key]) => key.endsWith(`@${step}`) && !key.startsWith('eval/'));

/** Fails where two numbers differ by more than 1e-5 of a size. */
export function expectClose(name: string, value: number, wanted: number, size: number): void {
  if (Number.isNaN(value) && Number.isNaN(wanted)) return;
  expect(Math.abs(value - wanted), `${name}: ${value} and ${wanted}`).toBeLessThanOrEqual(RELATIVE * size);
}

/**
 * Losses and norms by their own size, but for a loss whose terms cancel, as PPO's do before its first update;
 * others may be differences of numbers near 1, as a KL at the start is.
 */
const sizeOf = (key: string, wanted: number) => Math.max(Math.abs(wanted), /loss|grad_norm/.test(key) ? 0.1 : 1);

/** Fails where two runs tell different values of a step, or of different keys. */
export function expectSameRows(
  rows: ReadonlyMap<string, number>,
  others: ReadonlyMap<string, number>,
  step: number,
): void {
  const wanted = atStep(others, step);
  expect(atStep(rows, step).map(([key]) => key)).toEqual(wanted.map(([key]) => key));
  expect(wanted.length).toBeGreaterThan(3);
  for (const [key, value] of wanted) expectClose(key, rows.get(key)!, value, sizeOf(key, value));
}
