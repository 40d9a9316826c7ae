import type { PlotLine } from '../plot-line.ts';
import { valueAt, valueNear } from './table-rows.ts';

/** A line's legend entry: a measured value, and its step if it differs from that of the other lines. */
export interface LegendReading {
  readonly value: number | null;
  /** The step of the value if it is older than the newest one of the plot. */
  readonly at: number | null;
}

/** The step under the cursor, and how many steps on either side it covers. */
export interface LegendCursor {
  readonly step: number;
  readonly reach: number;
}

const newestOf = ({ points: { steps } }: PlotLine) => steps[steps.length - 1] ?? Number.NEGATIVE_INFINITY;

/**
 * The values of a plot's lines at the cursor, or at their ends. Nothing is carried forward: a line without a value
 * under the cursor shows none, and an older end shows its step. All parts of a stack are read at the same step.
 */
export function legendReadings(
  lines: readonly PlotLine[],
  cursor: LegendCursor | null,
  isStacked: boolean,
): readonly LegendReading[] {
  if (cursor) return lines.map((line) => ({ value: valueNear(line, cursor.step, cursor.reach), at: null }));
  const newest = Math.max(...lines.map(newestOf));
  return lines.map((line) => {
    if (isStacked) return { value: valueAt(line, newest), at: null };
    const step = newestOf(line);
    return { value: line.points.values.at(-1) ?? null, at: step < newest ? step : null };
  });
}
