import type { Measurement, StepCost } from '#contract/api/runs/preflight-measurement.ts';

/** Peak memory as a linear function of the rows of a pass. */
export interface MemoryLine {
  /** Bytes at zero rows. */
  readonly fixed: number;
  readonly bytesPerRow: number;
}

export type PassKind = 'batch' | 'chunk';

const UPDATES = new Set(['update', 'accumulate']);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function isOf(kind: PassKind, { name }: StepCost): boolean {
  return UPDATES.has(name) === (kind === 'batch');
}

/** Peak memory during the passes of a kind; null if there were none. */
export function peakOf({ steps }: Measurement, kind: PassKind): number | null {
  const peaks = steps.filter((step) => step.calls > 0 && isOf(kind, step)).map((step) => step.peakBytes);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/** Memory that does not depend on the rows: libraries and variables. */
export function fixedBytes({ baseBytes, variables }: Measurement): number {
  return baseBytes + sum(Object.values(variables));
}

/**
 * Fits a line through the measurements. With a single point, it uses the bytes that do not depend on rows. A negative
 * slope, caused by noise at small sizes, counts as zero.
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

/** The first of the given sizes that stays within a limit, or null. */
export function firstThatFits(line: MemoryLine, sizes: readonly number[], limit: number): number | null {
  return sizes.find((rows) => at(line, rows) <= limit) ?? null;
}
