import type uPlot from 'uplot';
import type { AxisMap } from '../axis-map.ts';
import { MARK_LOOKS, type MarkKind, type PlotMark } from '../plot-line.ts';
import { themeColor } from '../theme-color.ts';

const SIZE = 4;
/** Kinds that can explain a bend in a curve get a line across the whole plot. */
const LINED: ReadonlySet<MarkKind> = new Set(['resume', 'change', 'note']);

/** Kinds differ in shape as well as color. */
function trace(ctx: CanvasRenderingContext2D, kind: MarkKind, x: number, y: number, size: number): void {
  ctx.beginPath();
  if (kind === 'checkpoint') ctx.rect(x - size / 2, y - size, size, size);
  else if (kind === 'best') ctx.arc(x, y - size / 2, size * 0.9, 0, 2 * Math.PI);
  else {
    const tip = kind === 'note' ? y : y - 2 * size;
    const base = kind === 'note' ? y - 2 * size : y;
    ctx.moveTo(x - size, base);
    ctx.lineTo(x + size, base);
    ctx.lineTo(x, tip);
    ctx.closePath();
  }
}

/** Draws the marks on the axis. */
export function drawMarks(u: uPlot, marks: readonly PlotMark[], map: AxisMap): void {
  const { ctx, bbox } = u;
  const ratio = window.devicePixelRatio;
  const foot = bbox.top + bbox.height;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - SIZE * ratio, bbox.top, bbox.width + 2 * SIZE * ratio, bbox.height + SIZE * ratio);
  ctx.clip();
  for (const { step, kind } of marks) {
    const x = u.valToPos(map.toAxis(step), 'x', true);
    if (x < bbox.left - SIZE * ratio || x > bbox.left + bbox.width + SIZE * ratio) continue;
    ctx.fillStyle = themeColor(MARK_LOOKS[kind].color);
    ctx.strokeStyle = ctx.fillStyle;
    if (LINED.has(kind)) {
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      ctx.lineWidth = ratio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, foot);
      ctx.stroke();
    }
    trace(ctx, kind, x, foot, SIZE * ratio);
    ctx.fill();
  }
  ctx.restore();
}

const REACH = 6;

/** The marks under the pointer, possibly several; the pointer has to be near the axis. */
export function marksAt(
  u: uPlot,
  marks: readonly PlotMark[],
  map: AxisMap,
  pointer: { readonly left: number; readonly top: number },
): readonly PlotMark[] {
  if (pointer.top < u.over.clientHeight - 3 * SIZE - REACH) return [];
  return marks.filter(({ step }) => Math.abs(u.valToPos(map.toAxis(step), 'x') - pointer.left) <= REACH);
}
