import type { Points } from '#contract/metrics/thin-points.ts';

/** Index of the last entry not above a value; -1 if all are above it. `sorted` is ascending. */
export function placeOf(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Interpolates linearly in an ascending table; extrapolates along the outermost segment. */
function read(from: ArrayLike<number>, to: ArrayLike<number>, value: number): number {
  if (from.length === 0) return value;
  if (from.length === 1) return to[0]!;
  const at = Math.max(0, Math.min(from.length - 2, placeOf(from, value)));
  const width = from[at + 1]! - from[at]!;
  const share = width === 0 ? 0 : (value - from[at]!) / width;
  return to[at]! + share * (to[at + 1]! - to[at]!);
}

/** Converts between steps and axis values. */
export interface AxisMap {
  /** Whether the axis shows steps. */
  readonly isSame: boolean;
  toAxis(step: number): number;
  toStep(value: number): number;
}

const SAME: AxisMap = { isSame: true, toAxis: (step) => step, toStep: (value) => value };

/** @param table maps steps to axis values, ascending in both; null if the axis shows steps. */
export function createAxisMap(table: Points | null): AxisMap {
  if (!table || table.steps.length === 0) return SAME;
  const { steps, values } = table;
  return { isSame: false, toAxis: (step) => read(steps, values, step), toStep: (value) => read(values, steps, value) };
}
