import type { Points } from '#contract/metrics/thin-points.ts';
import { type AlignedData, alignLines, type DrawnPoints, stackLines } from './align-lines.ts';
import type { AxisMap } from './axis-map.ts';
import type { PlotAxis, PlotLine, PlotMark, PlotRange } from './plot-line.ts';
import { smoothPoints } from './smooth-points.ts';

/** Everything that a chart draws. */
export interface ChartModel {
  readonly lines: readonly PlotLine[];
  readonly marks: readonly PlotMark[];
  readonly axis: PlotAxis;
  readonly map: AxisMap;
  /** Steps in sight; null for all. */
  readonly range: PlotRange | null;
  /** Weight of the moving average, 0 for none. */
  readonly smoothing: number;
  readonly isLog: boolean;
  readonly isStacked: boolean;
}

/** One line as uPlot draws it. */
export interface DrawnLine {
  readonly line: PlotLine;
  /** The line as measured, behind the smoothed one. */
  readonly isFaint: boolean;
}

export interface ChartData {
  readonly drawn: readonly DrawnLine[];
  readonly data: AlignedData;
}

function overAxis({ steps, values }: Points, { isSame, toAxis }: AxisMap): DrawnPoints {
  return { xs: isSame ? steps : steps.map((step) => toAxis(step)), ys: values };
}

/** A line of fewer points is drawn as it is: an average over them would only lag behind. */
const LEAST_SMOOTHED = 30;

/** The lines as measured, faint where a smoothed one lies over them; the smoothed ones come last, so on top. */
export function chartData({ lines, map, smoothing, isLog, isStacked }: ChartModel): ChartData {
  if (isStacked) {
    const stacked = lines.map(({ means, points }) => overAxis(means ?? points, map));
    return { drawn: lines.map((line) => ({ line, isFaint: false })), data: stackLines(stacked) };
  }
  const long = smoothing === 0 ? [] : lines.filter(({ count }) => count >= LEAST_SMOOTHED);
  const measured = lines.map(({ points }) => overAxis(points, map));
  const smooth = long.map(({ means, points }) => overAxis(smoothPoints(means ?? points, smoothing), map));
  return {
    drawn: [
      ...lines.map((line) => ({ line, isFaint: long.includes(line) })),
      ...long.map((line) => ({ line, isFaint: false })),
    ],
    data: alignLines([...measured, ...smooth], { isLog }),
  };
}

/** First and last value of the axis in sight. */
export function axisRange({ range, map }: ChartModel, [xs]: AlignedData): readonly [number, number] {
  const [first, last] = range ? [map.toAxis(range[0]), map.toAxis(range[1])] : [xs[0] ?? 0, xs[xs.length - 1] ?? 1];
  return first < last ? [first, last] : [first - 0.5, first + 0.5];
}

/** Charts of one shape only need new data; another shape needs a new chart. */
export function shapeOf({ lines, axis, smoothing, isLog, isStacked }: ChartModel): string {
  const isLong = (count: number) => smoothing > 0 && count >= LEAST_SMOOTHED;
  const each = lines.map(({ key, color, side, isDashed, count }) => [key, color, side, isDashed, isLong(count)]);
  return JSON.stringify([each, axis, isLog, isStacked]);
}
