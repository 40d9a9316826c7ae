import type { Measurement, StepCost } from '#contract/api/runs/preflight-measurement.ts';

/** Peak memory as a line over the rows of a pass. */
export interface MemoryLine {
  /** Bytes at no rows. */
  readonly fixed: number;
  readonly bytesPerRow: number;
}

export type PassKind = 'batch' | 'chunk';

const UPDATES = new Set(['update', 'accumulate']);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function isOf(kind: PassKind, { name }: StepCost): boolean {
  return UPDATES.has(name) === (kind === 'batch');
}

/** Most memory during the passes of a kind; null where there were none. */
export function peakOf({ steps }: Measurement, kind: PassKind): number | null {
  const peaks = steps.filter((step) => step.calls > 0 && isOf(kind, step)).map((step) => step.peakBytes);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/** What is there whatever the rows are: libraries and variables. */
export function fixedBytes({ baseBytes, variables }: Measurement): number {
  return baseBytes + sum(Object.values(variables));
}

/**
 * A line through what was measured. One point goes by the bytes that do not depend on rows; a slope below nothing, from
 * noise at small sizes, counts as level.
 */
export function fitLine(
  points: readonly { readonly rows: number; readonly peakBytes: number }[],
  fixed: number,
): MemoryLine {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (first.rows === last.rows) {
    return { fixed, bytesPerRow: Math.max(0, last.peakBytes - fixed) / last.rows };
  }
  const bytesPerRow = Math.max(0, (last.peakBytes - first.peakBytes) / (last.rows - first.rows));
  return { fixed: last.peakBytes - bytesPerRow * last.rows, bytesPerRow };
}

export const at = (line: MemoryLine, rows: number): number => line.fixed + line.bytesPerRow * rows;

/** The first of some sizes, tried in their order, that stays below a limit; null for none. */
export function firstThatFits(line: MemoryLine, sizes: readonly number[], limit: number): number | null {
  return sizes.find((rows) => at(line, rows) <= limit) ?? null;
}
