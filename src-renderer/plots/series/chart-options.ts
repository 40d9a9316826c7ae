import uPlot from 'uplot';
import { formatAxis, formatTick, formatTicks, formatWallTick } from '../format-axis.ts';
import type { PlotAxis } from '../plot-line.ts';
import { onSurface, themeColor } from '../theme-color.ts';
import type { ChartModel, DrawnLine } from './chart-model.ts';

const FONT = '11px system-ui, sans-serif';
const AXIS_WIDTH = 46;
const RIGHT_AXIS_WIDTH = 40;
const DIGIT_WIDTH = 6.4;
/** Room for the last values next to the ends of the lines. */
const END_ROOM = 58;
const FAINT = '55';
/** Bar width as a share of the step, and the maximum width in pixels. */
const BAR_SIZE: [number, number] = [0.86, 28];
const BAR_STRENGTH = 0.72;
const FEW = 24;

/** Plots with the same key share one cursor. */
export const CURSOR_KEY = 'keel-run';

/** Shows individual points if a line has few visible ones: a held-out line may have only one. */
function isSparse(u: uPlot, series: number, from: number, to: number): boolean {
  let count = 0;
  for (let at = from; at <= to && count <= FEW; at += 1) if (typeof u.data[series]?.[at] === 'number') count += 1;
  return count <= FEW;
}

/** A part of a stack. Its color is opaque, since higher parts are drawn behind it. */
function barsOf({ line: { color, label } }: DrawnLine): uPlot.Series {
  const fill = () => onSurface(color, BAR_STRENGTH);
  const paths = uPlot.paths.bars!({ size: BAR_SIZE });
  return { label, scale: 'left', fill, stroke: fill, width: 0, paths, points: { show: false } };
}

function seriesOf({ line, isFaint }: DrawnLine): uPlot.Series {
  const { color, side, isDashed, label } = line;
  const stroke = () => themeColor(color) + (isFaint ? FAINT : '');
  return {
    label,
    scale: side === 'right' ? 'right' : 'left',
    stroke,
    width: isFaint ? 1 : 1.6,
    ...(isDashed ? { dash: [5, 4] } : {}),
    points: { size: 4, fill: stroke, show: isSparse },
    spanGaps: false,
  };
}

/** As wide as the longest tick, and never narrower than the axes of neighboring plots. */
const atLeast = (width: number) => (_: uPlot, values: string[] | null) =>
  Math.max(width, 8 + DIGIT_WIDTH * Math.max(0, ...(values ?? []).map((text) => text.length)));

const ticksOf = (axis: PlotAxis) => (_: uPlot, values: number[]) =>
  values.map((value) =>
    axis === 'wall' ? formatWallTick(value) : axis === 'tokens' ? formatTick(value) : formatAxis(value, axis),
  );

function axesOf({ axis }: ChartModel, hasRight: boolean): uPlot.Axis[] {
  const look = {
    font: FONT,
    stroke: () => themeColor('--ink-faint'),
    ticks: { show: false },
    border: { show: false },
    gap: 4,
  };
  const grid = { stroke: () => themeColor('--grid'), width: 1 };
  const values = (_: uPlot, splits: (number | null)[]) => formatTicks(splits);
  const bottom = { ...look, grid: { show: false }, size: 24, space: 64, values: ticksOf(axis) };
  const left = { ...look, scale: 'left', grid, size: atLeast(AXIS_WIDTH), space: 30, values };
  const right = {
    ...look,
    scale: 'right',
    side: 1 as const,
    grid: { show: false },
    size: atLeast(RIGHT_AXIS_WIDTH),
    space: 30,
    values,
  };
  return hasRight ? [bottom, left, right] : [bottom, left];
}

/** A scale with a small margin above and below that never collapses to a point. */
function scaleOf({ isLog, isStacked }: ChartModel): uPlot.Scale {
  if (isLog) return { distr: 3 };
  return {
    range: (_, low, high) => {
      if (low === null || high === null) return [0, 1];
      const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 0.5;
      return [isStacked ? 0 : low - room, high + room];
    },
  };
}

/** The options of a chart of one shape. */
export function chartOptions(
  model: ChartModel,
  drawn: readonly DrawnLine[],
  size: { readonly width: number; readonly height: number },
  own: Pick<uPlot.Options, 'hooks'> & { readonly onReset: () => void },
): uPlot.Options {
  const hasRight = drawn.some(({ line }) => line.side === 'right');
  return {
    ...size,
    padding: [10, hasRight ? 0 : END_ROOM, 0, 0],
    legend: { show: false },
    scales: { x: { time: false, auto: false }, left: scaleOf(model), ...(hasRight ? { right: scaleOf(model) } : {}) },
    series: [{}, ...drawn.map(model.isStacked ? barsOf : seriesOf)],
    axes: axesOf(model, hasRight),
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      sync: { key: CURSOR_KEY, setSeries: false, scales: ['x', null] },
      bind: {
        dblclick: () => () => {
          own.onReset();
          return null;
        },
      },
    },
    hooks: own.hooks ?? {},
  };
}
