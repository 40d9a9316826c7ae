import type { PlotRange } from './plot-line.ts';

/** Moves a range by a share of itself, kept within all that there is. */
export function panRange([from, to]: PlotRange, share: number, [first, last]: PlotRange): PlotRange {
  const width = to - from;
  const start = Math.max(first, Math.min(last - width, from + share * width));
  return [start, start + width];
}

/** Narrows (below 1) or widens a range around a place in it, kept within all that there is; null when it is all. */
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
