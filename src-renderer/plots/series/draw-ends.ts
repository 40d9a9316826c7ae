import type uPlot from 'uplot';
import { formatTick } from '../format-axis.ts';
import { themeColor } from '../theme-color.ts';
import type { DrawnLine } from './chart-model.ts';
import { type EndLabel, placeLabels, spreadLabels, type Taken } from './end-labels.ts';

const HEIGHT = 13;
/** Room of a label above the plot, where the canvas goes on: for a share of 1, whose line is at the upper edge. */
const ABOVE = 14;
/** Characters that fit beside the plot. */
const ROOM = 7;

function formatEnd(value: number): string {
  const written = formatTick(value);
  return written.length > ROOM ? formatTick(value, 2) : written;
}

interface End {
  readonly at: number;
  readonly y: number;
}

/** The last visible point of a column. */
function lastIn(u: uPlot, series: number): End | null {
  const [xs, column] = [u.data[0], u.data[series]!];
  const most = u.scales.x?.max ?? Infinity;
  const least = u.scales.x?.min ?? -Infinity;
  for (let at = xs.length - 1; at >= 0; at -= 1) {
    const [x, y] = [xs[at]!, column[at]];
    if (x < least) return null;
    if (x <= most && typeof y === 'number') return { at, y };
  }
  return null;
}

/** The measured value at the end of a line; moving averages get no label, since their values were not measured. */
function lineLabel(u: uPlot, { line, isSmoothed }: DrawnLine, index: number): readonly EndLabel[] {
  const last = isSmoothed ? null : lastIn(u, index + 1);
  if (!last) return [];
  const y = u.valToPos(last.y, line.side === 'right' ? 'right' : 'left', true);
  return [{ text: formatEnd(last.y), color: themeColor(line.color), y }];
}

/** Heights of the parts of the last visible bar, each next to its middle; absent parts get no label. */
function barLabels(u: uPlot, drawn: readonly DrawnLine[]): readonly EndLabel[] {
  const at = Math.max(-1, ...drawn.map((_, index) => lastIn(u, index + 1)?.at ?? -1));
  return drawn.flatMap(({ line, parts }, index) => {
    const [top, height] = [u.data[index + 1]![at], parts?.[at]];
    if (typeof top !== 'number' || !height) return [];
    return [{ text: formatEnd(height), color: themeColor(line.color), y: u.valToPos(top - height / 2, 'left', true) }];
  });
}

/** The heights that the lines take below a label at the right edge of the plot; faint lines may pass behind it. */
function takenBy(u: uPlot, drawn: readonly DrawnLine[], width: number): readonly Taken[] {
  const from = u.posToVal(u.bbox.left + u.bbox.width - width, 'x', true);
  const end = u.scales.x?.max ?? Infinity;
  const [xs] = u.data;
  return drawn.flatMap(({ line, isFaint }, index) => {
    if (isFaint) return [];
    const scale = line.side === 'right' ? 'right' : 'left';
    const ys: number[] = [];
    for (let at = xs.length - 1, isOver = true; at >= 0 && isOver; at -= 1) {
      const y = u.data[index + 1]![at];
      if (typeof y !== 'number' || xs[at]! > end) continue;
      isOver = xs[at]! >= from;
      // The first point to the left of the label belongs to the piece that passes below it.
      if (isOver || ys.length > 0) ys.push(u.valToPos(y, scale, true));
    }
    return ys.length === 0 ? [] : [{ top: Math.min(...ys), bottom: Math.max(...ys) }];
  });
}

/**
 * Writes the last visible measured value of each line next to its end, or inside the plot where a second axis stands at
 * the right, clear of the lines; for a stack, the parts of its last bar.
 */
export function drawEnds(u: uPlot, drawn: readonly DrawnLine[], isStacked: boolean): void {
  const { ctx, bbox } = u;
  const ratio = window.devicePixelRatio;
  const labels = isStacked ? barLabels(u, drawn) : drawn.flatMap((one, index) => lineLabel(u, one, index));
  const isInside = drawn.some(({ line }) => line.side === 'right');
  const [top, bottom] = [bbox.top, bbox.top + bbox.height];
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = isInside ? 'right' : 'left';
  const x = bbox.left + bbox.width + (isInside ? -4 : 5) * ratio;
  const width = Math.max(...labels.map(({ text }) => ctx.measureText(text).width), 0) + 8 * ratio;
  const placed = isInside
    ? placeLabels(labels, takenBy(u, drawn, width), HEIGHT * ratio, { top: top - ABOVE * ratio, bottom })
    : spreadLabels(labels, HEIGHT * ratio, top, bottom - (HEIGHT / 2) * ratio);
  for (const { text, color, y } of placed) {
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = themeColor('--surface');
    ctx.strokeText(text, x, y);
    ctx.fillStyle = color;
    ctx.fillText(text, x, y);
  }
  ctx.restore();
}
