/** A line in axis values instead of steps. */
export interface DrawnPoints {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

/** uPlot's data format: one x array for all lines, then the values of each line. */
export type AlignedData = [Float64Array, ...(number | null | undefined)[][]];

function isSame(one: Float64Array, other: Float64Array): boolean {
  return one === other || (one.length === other.length && one.every((x, at) => x === other[at]));
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}

/** Removes duplicates from ascending numbers; returns the same array if there are none. */
function withoutEqual(rising: Float64Array): Float64Array {
  let at = 1;
  while (at < rising.length && rising[at] !== rising[at - 1]) at += 1;
  if (at >= rising.length) return rising;
  const kept = rising.slice();
  let size = at;
  for (; at < rising.length; at += 1) if (rising[at] !== kept[size - 1]) kept[size++] = rising[at]!;
  return kept.subarray(0, size);
}

/** Lines of one run mostly share their steps: equal arrays are used once, and sorting happens only if they differ. */
function unionOf(lines: readonly DrawnPoints[]): Float64Array {
  const each: Float64Array[] = [];
  for (const { xs } of lines) if (!each.some((one) => isSame(one, xs))) each.push(xs);
  const all = each.length === 1 ? each[0]! : joined(each).sort();
  return withoutEqual(all);
}

/**
 * Aligns lines with different steps on one x array. Where a line has no point, its value is `undefined`, which the line
 * skips; where its value cannot be drawn (NaN, infinite, or not above 0 on a log axis), it is null, which is a gap.
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
