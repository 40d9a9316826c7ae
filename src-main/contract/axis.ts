/** Minimum and maximum of an axis. */
export type Extent = readonly [number, number];

/** About `count` round values for an axis, all within the extent. */
export function niceTicks([low, high]: Extent, count = 5): readonly number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** The extent of all finite values with some margin; a default extent if there are none. */
export function extentOf(values: readonly number[], room = 0.05): Extent {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return [0, 1];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of known) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low || Math.abs(high) || 1;
  return [low - room * span, high + room * span];
}

/** Maps an axis to the pixels between two ends, of which the first may be the larger one. */
export function placeOn([low, high]: Extent, from: number, to: number): (value: number) => number {
  return (value) => from + ((to - from) * (value - low)) / (high - low || 1);
}
