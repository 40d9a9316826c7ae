import uPlot from 'uplot';
import { metricFacts } from '#contract/page-facts.ts';
import { formatAxis, formatTick, formatTicks, tickSteps, wallUnit } from '../format-axis.ts';
import { onSurface, themeColor } from '../theme-color.ts';
import { type ChartModel, type DrawnLine, isSparse } from './chart-model.ts';

const FONT = '11px system-ui, sans-serif';
/** Every plot has the same room on both sides, so that the plots of a row and of a column line up. */
const AXIS_WIDTH = 60;
/** For a second axis, or for the last values next to the ends of the lines. */
const END_ROOM = 58;
const AXIS_HEIGHT = 22;
const NAME_HEIGHT = 15;
const FAINT = '55';
/** Bar width as a share of the step, and the maximum width in pixels. */
const BAR_SIZE: [number, number] = [0.86, 28];
const BAR_STRENGTH = 0.72;
const FEW = 24;

/** Plots with the same key share one cursor. */
export const CURSOR_KEY = 'keel-run';

/** Shows individual points if a line has few visible ones: a held-out line may have only one. */
function hasFew(u: uPlot, series: number, from: number, to: number): boolean {
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
  const isThin = isFaint || isSparse(line);
  const stroke = () => themeColor(color) + (isFaint ? FAINT : '');
  return {
    label,
    scale: side === 'right' ? 'right' : 'left',
    stroke,
    width: isThin ? 1 : 1.6,
    ...(isDashed ? { dash: [5, 4] } : {}),
    points: { size: 5, fill: stroke, show: isSparse(line) || hasFew },
    spanGaps: false,
  };
}

/** The x-axis: its name, its unit, and ticks at whole steps. */
function bottomOf({ axis, stepName }: ChartModel): Partial<uPlot.Axis> {
  if (axis === 'step')
    return { label: stepName, incrs: tickSteps(1, 1), values: (_, splits) => splits.map((at) => formatAxis(at, axis)) };
  if (axis === 'tokens') return { label: 'tokens', values: (_, splits) => splits.map((at) => formatTick(at)) };
  const unitOf = (u: uPlot) => wallUnit(u.scales.x?.max ?? 1);
  return {
    label: (u) => `wall time, ${unitOf(u).name}`,
    incrs: (u) => tickSteps(unitOf(u).seconds, 0.1),
    values: (u, splits) => splits.map((at) => (at < 0 ? '' : formatTick(at / unitOf(u).seconds))),
  };
}

function axesOf(model: ChartModel, hasRight: boolean): uPlot.Axis[] {
  const look = {
    font: FONT,
    stroke: () => themeColor('--ink-faint'),
    ticks: { show: false },
    border: { show: false },
    gap: 4,
  };
  const grid = { stroke: () => themeColor('--grid'), width: 1 };
  const values = (_: uPlot, splits: (number | null)[]) => formatTicks(splits);
  const name = { labelSize: NAME_HEIGHT, labelGap: 0, labelFont: FONT };
  const bottom = { ...look, ...name, grid: { show: false }, size: AXIS_HEIGHT, space: 64, ...bottomOf(model) };
  const left = { ...look, scale: 'left', grid, size: AXIS_WIDTH, space: 30, values };
  const right = {
    ...look,
    scale: 'right',
    side: 1 as const,
    grid: { show: false },
    size: END_ROOM,
    space: 30,
    values,
  };
  return hasRight ? [bottom, left, right] : [bottom, left];
}

const isShare = ({ line }: DrawnLine) => metricFacts[line.key]?.unit === 'share';

/** A scale with a small margin above and below that never collapses to a point; one of shares is from 0 to 1. */
function scaleOf({ isLog, isStacked }: ChartModel, drawn: readonly DrawnLine[]): uPlot.Scale {
  if (isLog) return { distr: 3 };
  if (drawn.length > 0 && drawn.every(isShare)) return { range: [-0.02, 1.02] };
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
  const onRight = drawn.filter(({ line }) => line.side === 'right');
  const onLeft = drawn.filter(({ line }) => line.side !== 'right');
  const hasRight = onRight.length > 0;
  return {
    ...size,
    padding: [10, hasRight ? 0 : END_ROOM, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, auto: false },
      left: scaleOf(model, onLeft),
      ...(hasRight ? { right: scaleOf(model, onRight) } : {}),
    },
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
