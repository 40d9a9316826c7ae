import type { Points } from '#contract/metrics/thin-points.ts';
import type { AxisMap } from '../axis-map.ts';
import type { PlotAxis, PlotLine, PlotMark, PlotRange } from '../plot-line.ts';
import { type AlignedData, alignLines, type DrawnPoints } from './align-lines.ts';
import { stackBars, topsOf } from './stack-bars.ts';

/** Number of segments a plot is divided into: the smoothing weight applies per segment, or per point if fewer. */
const STRETCHES = 100;

/**
 * Exponential moving average with bias correction (divided by 1 - weight^n), so that the first value equals the first
 * point. The weight applies from point to point, or per hundredth of the range if there are more points than that, so
 * that a line looks the same regardless of its number of points. Non-finite values are kept and not averaged.
 * @param weight from 0 (no smoothing) to below 1.
 */
export function smoothPoints({ steps, values }: Points, weight: number): Points {
  const size = steps.length;
  const range = (steps[size - 1] ?? 0) - (steps[0] ?? 0);
  const unit = range / Math.min(STRETCHES, Math.max(1, size - 1)) || 1;
  const smooth = new Float64Array(size);
  let [average, correction, last] = [0, 0, steps[0] ?? 0];
  for (let at = 0; at < size; at += 1) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      smooth[at] = value;
      continue;
    }
    const kept = correction === 0 ? weight : weight ** ((steps[at]! - last) / unit);
    average = kept * average + (1 - kept) * value;
    correction = kept * correction + (1 - kept);
    last = steps[at]!;
    smooth[at] = average / correction;
  }
  return { steps, values: smooth };
}

/** Everything a chart draws. */
export interface ChartModel {
  readonly lines: readonly PlotLine[];
  readonly marks: readonly PlotMark[];
  readonly axis: PlotAxis;
  readonly map: AxisMap;
  /** Visible steps; null for all. */
  readonly range: PlotRange | null;
  /** The planned last step; null if it is not known. */
  readonly end: number | null;
  /** What a step is called. */
  readonly stepName: string;
  /** Weight of the moving average, 0 for none. */
  readonly smoothing: number;
  readonly isLog: boolean;
  readonly isStacked: boolean;
}

/** One line as uPlot draws it. */
export interface DrawnLine {
  readonly line: PlotLine;
  /** Whether this is the measured line behind a smoothed one. */
  readonly isFaint: boolean;
  /** Whether this is a moving average rather than the measured values. */
  readonly isSmoothed?: boolean;
  /** For a part of a stack: its own height in each bar. */
  readonly parts?: readonly (number | null)[];
}

export interface ChartData {
  readonly drawn: readonly DrawnLine[];
  readonly data: AlignedData;
}

function overAxis({ steps, values }: Points, { isSame, toAxis }: AxisMap): DrawnPoints {
  return { xs: isSame ? steps : steps.map((step) => toAxis(step)), ys: values };
}

/** Whether a line has a value at less than half of its steps, such as an evaluation: its points are what was measured. */
export function isSparse({ count, points: { steps } }: PlotLine): boolean {
  const reach = (steps[steps.length - 1] ?? 0) - (steps[0] ?? 0) + 1;
  return count < reach / 2;
}

/** Lines with fewer points are not smoothed: an average over them would only lag. */
const LEAST_SMOOTHED = 30;

/** Whether a line is drawn as a moving average, with its measured values faint behind it. */
export function isSmoothed(line: PlotLine, smoothing: number): boolean {
  return smoothing > 0 && line.count >= LEAST_SMOOTHED && !isSparse(line);
}

/** A stack, topmost part first: each part is drawn from zero up and covers the lower section of the ones before it. */
function stackedData({ lines, map }: ChartModel): ChartData {
  const { steps, parts } = stackBars(lines);
  const drawn = lines.map((line, at) => ({ line, isFaint: false, parts: parts[at]! }));
  const xs = map.isSame ? steps : steps.map((step) => map.toAxis(step));
  const tops = topsOf(parts).map((column) => [...column]);
  return { drawn: drawn.toReversed(), data: [xs, ...tops.toReversed()] };
}

/** The measured lines, faint if they have a smoothed version; smoothed lines come last and are drawn on top. */
export function chartData(model: ChartModel): ChartData {
  if (model.isStacked) return stackedData(model);
  const { lines, map, smoothing, isLog } = model;
  const long = lines.filter((line) => isSmoothed(line, smoothing));
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

/** From 0 to the planned end, or to the last value if there is none; tokens and time are known only up to now. */
function fullRange({ map, end }: ChartModel, xs: Float64Array): readonly [number, number] {
  const last = xs[xs.length - 1] ?? 1;
  return [Math.min(0, xs[0] ?? 0), map.isSame ? Math.max(last, end ?? 0) : last];
}

/** First and last visible axis value; leaves room for the full width of the bars at both ends. */
export function axisRange(model: ChartModel, [xs]: AlignedData): readonly [number, number] {
  const { range, map, isStacked } = model;
  const [first, last] = range ? [map.toAxis(range[0]), map.toAxis(range[1])] : fullRange(model, xs);
  if (first >= last) return [first - 0.5, first + 0.5];
  const bar = xs.length > 1 ? (xs[xs.length - 1]! - xs[0]!) / (xs.length - 1) : 1;
  const room = isStacked && !range ? bar / 2 : 0;
  return [first - (first === 0 ? 0 : room), last + room];
}

/** A chart whose shape stays the same only needs new data; a new shape needs a new chart. */
export function shapeOf({ lines, axis, smoothing, isLog, isStacked }: ChartModel): string {
  const each = lines.map((line) => {
    const { key, color, side, isDashed } = line;
    return [key, color, side, isDashed, isSmoothed(line, smoothing), isSparse(line)];
  });
  return JSON.stringify([each, axis, isLog, isStacked]);
}
