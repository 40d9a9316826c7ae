import type { Rollout } from '../records.ts';
import type { BoolHost, FloatHost, IntHost } from '../runtime/host-tensor.ts';
import { takeRows } from '../runtime/take-rows.ts';

function isArray(value: unknown): value is FloatHost | IntHost | BoolHost {
  return typeof value === 'object' && value !== null && 'dtype' in value;
}

/** Selected rows of a rollout, or of the output of later stages, in the given order. */
export function takeRollout<R extends Rollout>(rollout: R, rows: readonly number[]): R {
  const entries = Object.entries(rollout).map(([key, value]: [string, unknown]) => {
    if (isArray(value)) return [key, takeRows(value, rows)];
    return [key, Array.isArray(value) ? rows.map((row) => value[row] as unknown) : value];
  });
  return Object.fromEntries(entries) as R;
}
