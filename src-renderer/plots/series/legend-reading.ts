import type { PlotLine } from '../plot-line.ts';
import { valueAt, valueNear } from './table-rows.ts';

/** What a legend says of a line: a value that was measured, and where, if that is not where the others are read. */
export interface LegendReading {
  readonly value: number | null;
  /** The step of the value, where it is older than the newest of the plot. */
  readonly at: number | null;
}

/** Where the cursor stands, and how many steps lie under it. */
export interface LegendCursor {
  readonly step: number;
  readonly reach: number;
}

const newestOf = ({ points: { steps } }: PlotLine) => steps[steps.length - 1] ?? Number.NEGATIVE_INFINITY;

/**
 * The readings of a plot's lines at the cursor, else at their ends. Nothing is carried forward: a line without a value
 * under the cursor has none, and an older end says its step. The parts of a stack are those of one step.
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
