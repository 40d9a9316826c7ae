import type { PlotRange } from '../plot-line.ts';

/** Moves a range by a share of its width, clamped to the full range. */
export function panRange([from, to]: PlotRange, share: number, [first, last]: PlotRange): PlotRange {
  const width = to - from;
  const start = Math.max(first, Math.min(last - width, from + share * width));
  return [start, start + width];
}

/** Narrows (factor below 1) or widens a range around a point, clamped to the full range; null if it covers all. */
export function zoomRange(
  [from, to]: PlotRange,
  factor: number,
  around: number,
  [first, last]: PlotRange,
): PlotRange | null {
  const start = Math.max(first, around - (around - from) * factor);
  const end = Math.min(last, around + (to - around) * factor);
  return start <= first && end >= last ? null : [start, end];
}

const MOVES: Readonly<Record<string, { readonly pan?: number; readonly zoom?: number }>> = {
  ArrowLeft: { pan: -0.1 },
  ArrowRight: { pan: 0.1 },
  '+': { zoom: 0.8 },
  '-': { zoom: 1.25 },
};

/** How a key pans or zooms a plot; undefined for other keys. */
export function moveByKey(key: string): { readonly pan?: number; readonly zoom?: number } | undefined {
  return MOVES[key];
}
