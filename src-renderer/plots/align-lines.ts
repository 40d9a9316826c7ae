/** A line as it is drawn: over the axis, not over steps. */
export interface DrawnPoints {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

/** What uPlot takes: one x for all, then the values of each line. */
export type AlignedData = [Float64Array, ...(number | null | undefined)[][]];

function unionOf(lines: readonly DrawnPoints[]): Float64Array {
  const all = new Float64Array(lines.reduce((sum, { xs }) => sum + xs.length, 0));
  let filled = 0;
  for (const { xs } of lines) {
    all.set(xs, filled);
    filled += xs.length;
  }
  all.sort();
  let kept = 0;
  for (let at = 0; at < all.length; at += 1) {
    if (at === 0 || all[at] !== all[kept - 1]) all[kept++] = all[at]!;
  }
  return all.subarray(0, kept);
}

/**
 * Puts lines of different steps on one x. Where a line has no point it is `undefined`, which a line passes over; where
 * its value cannot be drawn (NaN, infinite, or not above 0 on a log axis) it is null, which is a gap.
 */
export function alignLines(lines: readonly DrawnPoints[], { isLog = false } = {}): AlignedData {
  const union = unionOf(lines);
  const columns = lines.map(({ xs, ys }) => {
    const column: (number | null | undefined)[] = new Array(union.length).fill(undefined);
    for (let from = 0, at = 0; from < xs.length; from += 1) {
      while (union[at]! < xs[from]!) at += 1;
      const value = ys[from]!;
      column[at] = Number.isFinite(value) && (!isLog || value > 0) ? value : null;
    }
    return column;
  });
  return [union, ...columns];
}

/**
 * Stacks lines on one x, the first at the bottom; each is held from point to point, and is nothing before its first.
 * The tops come back in the order of the lines.
 */
export function stackLines(lines: readonly DrawnPoints[]): AlignedData {
  const [union, ...columns] = alignLines(lines);
  const sums = new Float64Array(union.length);
  const tops = columns.map((column) => {
    let held = 0;
    return column.map((value, at) => {
      held = value ?? held;
      sums[at] = sums[at]! + held;
      return sums[at]!;
    });
  });
  return [union, ...tops];
}
