import type uPlot from 'uplot';
import type { DrawnLine } from './chart-model.ts';
import { type EndLabel, spreadLabels } from './end-labels.ts';
import { formatTick } from './format-axis.ts';
import { themeColor } from './theme-color.ts';

const HEIGHT = 13;

function lastIn(u: uPlot, series: number): { readonly x: number; readonly y: number } | null {
  const [xs, column] = [u.data[0], u.data[series]!];
  const most = u.scales.x?.max ?? Infinity;
  const least = u.scales.x?.min ?? -Infinity;
  for (let at = xs.length - 1; at >= 0; at -= 1) {
    const [x, y] = [xs[at]!, column[at]];
    if (x < least) return null;
    if (x <= most && typeof y === 'number') return { x, y };
  }
  return null;
}

/** Writes the last value in sight of each line beside its end; of a stack, each part's own. */
export function drawEnds(u: uPlot, drawn: readonly DrawnLine[], isStacked: boolean): void {
  const { ctx, bbox } = u;
  const ratio = window.devicePixelRatio;
  let below = 0;
  const labels = drawn.flatMap(({ line, isFaint }, index): EndLabel[] => {
    const last = isFaint ? null : lastIn(u, index + 1);
    if (!last) return [];
    const value = isStacked ? last.y - below : last.y;
    below = isStacked ? last.y : 0;
    const y = u.valToPos(last.y, line.side === 'right' ? 'right' : 'left', true);
    return [{ text: formatTick(value), color: themeColor(line.color), y }];
  });
  const hasRight = drawn.some(({ line }) => line.side === 'right');
  const bottom = bbox.top + bbox.height - (HEIGHT / 2) * ratio;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = hasRight ? 'right' : 'left';
  const x = bbox.left + bbox.width + (hasRight ? -4 : 5) * ratio;
  for (const { text, color, y } of spreadLabels(labels, HEIGHT * ratio, bbox.top, bottom)) {
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = themeColor('--surface');
    ctx.strokeText(text, x, y);
    ctx.fillStyle = color;
    ctx.fillText(text, x, y);
  }
  ctx.restore();
}
