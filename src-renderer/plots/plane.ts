import type { Extent } from '#contract/nice-ticks.ts';

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

/** Maps a value to its pixel position on an axis; reversed for the vertical axis, where pixels grow downward. */
export function placeOn([low, high]: Extent, length: number, isReversed = false): (value: number) => number {
  return (value) => {
    const share = (value - low) / (high - low || 1);
    return (isReversed ? 1 - share : share) * length;
  };
}

/** An SVG path through points, interrupted at missing values. */
export function pathThrough(points: readonly (readonly [number, number])[]): string {
  let isDown = false;
  return points
    .map(([x, y]) => {
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        isDown = false;
        return '';
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
