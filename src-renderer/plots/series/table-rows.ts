import { placeOf } from '../axis-map.ts';
import type { PlotLine, PlotRange } from '../plot-line.ts';

/** One row of a plot's table: the value of each line at a step, or null if it has none. */
export interface PlotRow {
  readonly step: number;
  readonly values: readonly (number | null)[];
}

/** The value of a line at a step, or null if it has no point there. */
export function valueAt({ points: { steps, values } }: PlotLine, step: number): number | null {
  const at = placeOf(steps, step);
  return at >= 0 && steps[at] === step ? values[at]! : null;
}

/** The value of a line nearest to a step, or null if none was measured within `reach` steps. */
export function valueNear({ points: { steps, values } }: PlotLine, step: number, reach: number): number | null {
  const before = placeOf(steps, step);
  const places = [before, before + 1].filter((at) => at >= 0 && at < steps.length);
  const [nearest] = places.sort((one, other) => Math.abs(steps[one]! - step) - Math.abs(steps[other]! - step));
  return nearest !== undefined && Math.abs(steps[nearest]! - step) <= reach ? values[nearest]! : null;
}

/** The visible rows of a plot, in order of step. */
export function tableRows(lines: readonly PlotLine[], range: PlotRange | null): readonly PlotRow[] {
  const [from, to] = range ?? [-Infinity, Infinity];
  const steps = new Set(lines.flatMap(({ points }) => [...points.steps].filter((step) => step >= from && step <= to)));
  return [...steps].sort((a, b) => a - b).map((step) => ({ step, values: lines.map((line) => valueAt(line, step)) }));
}
