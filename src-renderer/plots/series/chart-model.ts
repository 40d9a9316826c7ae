import type { Points } from '#contract/metrics/thin-points.ts';
import type { AxisMap } from '../axis-map.ts';
import type { PlotAxis, PlotLine, PlotMark, PlotRange } from '../plot-line.ts';
import { type AlignedData, alignLines, type DrawnPoints } from './align-lines.ts';
import { smoothPoints } from './smooth-points.ts';
import { stackBars, topsOf } from './stack-bars.ts';

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
  /** A moving average, and not what was measured. */
  readonly isSmoothed?: boolean;
  /** Of a part of a stack: its own height, bar by bar. */
  readonly parts?: readonly (number | null)[];
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

/** A stack, its highest part first: each is drawn from the ground up and covers what reaches higher. */
function stackedData({ lines, map }: ChartModel): ChartData {
  const { steps, parts } = stackBars(lines);
  const drawn = lines.map((line, at) => ({ line, isFaint: false, parts: parts[at]! }));
  const xs = map.isSame ? steps : steps.map((step) => map.toAxis(step));
  const tops = topsOf(parts).map((column) => [...column]);
  return { drawn: drawn.toReversed(), data: [xs, ...tops.toReversed()] };
}

/** The lines as measured, faint where a smoothed one lies over them; the smoothed ones come last, so on top. */
export function chartData(model: ChartModel): ChartData {
  if (model.isStacked) return stackedData(model);
  const { lines, map, smoothing, isLog } = model;
  const long = smoothing === 0 ? [] : lines.filter(({ count }) => count >= LEAST_SMOOTHED);
  const measured = lines.map(({ points }) => overAxis(points, map));
  const smooth = long.map(({ means, points }) => overAxis(smoothPoints(means ?? points, smoothing), map));
  return {
    drawn: [
      ...lines.map((line) => ({ line, isFaint: long.includes(line) })),
      ...long.map((line) => ({ line, isFaint: false, isSmoothed: true })),
    ],
    data: alignLines([...measured, ...smooth], { isLog }),
  };
}

/** First and last value of the axis in sight; a bar at either end has room for all of itself. */
export function axisRange({ range, map, isStacked }: ChartModel, [xs]: AlignedData): readonly [number, number] {
  const [first, last] = range ? [map.toAxis(range[0]), map.toAxis(range[1])] : [xs[0] ?? 0, xs[xs.length - 1] ?? 1];
  if (first >= last) return [first - 0.5, first + 0.5];
  const room = isStacked && !range ? (last - first) / (xs.length - 1) / 2 : 0;
  return [first - room, last + room];
}

/** Charts of one shape only need new data; another shape needs a new chart. */
export function shapeOf({ lines, axis, smoothing, isLog, isStacked }: ChartModel): string {
  const isLong = (count: number) => smoothing > 0 && count >= LEAST_SMOOTHED;
  const each = lines.map(({ key, color, side, isDashed, count }) => [key, color, side, isDashed, isLong(count)]);
  return JSON.stringify([each, axis, isLog, isStacked]);
}
