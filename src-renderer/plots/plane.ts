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

/** An SVG path around the area between two lines with the same number of points; empty without points. */
export function areaBetween(
  upper: readonly (readonly [number, number])[],
  lower: readonly (readonly [number, number])[],
): string {
  const path = pathThrough([...upper, ...lower.toReversed()]);
  return path === '' ? '' : `${path}Z`;
}
