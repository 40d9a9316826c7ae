import type { PlotLine } from '../plot-line.ts';

/** The parts of a stack for each bar. */
export interface StackedBars {
  /** Middle step of each bar. */
  readonly steps: Float64Array;
  /** Number of steps per bar. */
  readonly width: number;
  /** By line and bar: the mean over the bar's steps, counting steps without a value as 0; null if none has one. */
  readonly parts: readonly (readonly (number | null)[])[];
}

/** The maximum number of bars that can be distinguished. */
const MOST_BARS = 160;

function extentOf(lines: readonly PlotLine[]): readonly [number, number] | null {
  const ends = lines.flatMap(({ points: { steps } }) =>
    steps.length > 0 ? [steps[0]!, steps[steps.length - 1]!] : [],
  );
  return ends.length === 0 ? null : [Math.min(...ends), Math.max(...ends)];
}

/** Share of the steps within a line's extent at which it has a point. */
function density({ count, points: { steps } }: PlotLine): number {
  const reach = (steps[steps.length - 1] ?? 0) - (steps[0] ?? 0) + 1;
  return Math.min(1, count / reach);
}

interface Bins {
  readonly first: number;
  readonly width: number;
  readonly sizes: readonly number[];
}

function binsOf([first, last]: readonly [number, number]): Bins {
  const width = Math.max(1, Math.ceil((last - first + 1) / MOST_BARS));
  const start = Math.floor(first / width) * width;
  const sizes = Array.from({ length: Math.floor((last - start) / width) + 1 }, (_, bin) => {
    const from = start + bin * width;
    return Math.min(last, from + width - 1) - Math.max(first, from) + 1;
  });
  return { first: start, width, sizes };
}

/** For full data, the sum over a bar's steps divided by its size. For thinned data, the mean of means times density. */
function partsOf(line: PlotLine, { first, width, sizes }: Bins): readonly (number | null)[] {
  const { steps, values } = line.means ?? line.points;
  const sums = new Float64Array(sizes.length);
  const counts = new Uint32Array(sizes.length);
  for (let at = 0; at < steps.length; at += 1) {
    const bin = Math.floor((steps[at]! - first) / width);
    if (bin < 0 || bin >= sizes.length || !Number.isFinite(values[at])) continue;
    sums[bin]! += values[at]!;
    counts[bin]! += 1;
  }
  const share = line.means ? density(line) : null;
  return sizes.map((size, bin) => {
    if (counts[bin] === 0) return null;
    return share === null ? sums[bin]! / size : (sums[bin]! / counts[bin]!) * share;
  });
}

/** Bins amounts measured per step, such as the phases of an iteration, into bars of whole steps. */
export function stackBars(lines: readonly PlotLine[]): StackedBars {
  const extent = extentOf(lines);
  if (!extent) return { steps: new Float64Array(), width: 1, parts: lines.map(() => []) };
  const bins = binsOf(extent);
  const middles = bins.sizes.map((size, bin) => Math.max(extent[0], bins.first + bin * bins.width) + (size - 1) / 2);
  return { steps: Float64Array.from(middles), width: bins.width, parts: lines.map((line) => partsOf(line, bins)) };
}

/** The top of each part, with the first line at the bottom; null where a line has no part. */
export function topsOf(parts: StackedBars['parts']): readonly (readonly (number | null)[])[] {
  const heights = new Float64Array(parts[0]?.length ?? 0);
  return parts.map((part) =>
    part.map((value, bar) => {
      if (value === null) return null;
      heights[bar]! += value;
      return heights[bar]!;
    }),
  );
}
