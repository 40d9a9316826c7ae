/** The points of one series, in step order. */
export interface Points {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** Indices of the lowest and the highest value in a range; NaN is chosen only if there is nothing else. */
function extremes(values: Float64Array, from: number, to: number): readonly [number, number] {
  let low = from;
  let high = from;
  for (let at = from + 1; at < to; at += 1) {
    const value = values[at]!;
    if (value < values[low]! || Number.isNaN(values[low])) low = at;
    if (value > values[high]! || Number.isNaN(values[high])) high = at;
  }
  return low < high ? [low, high] : [high, low];
}

/**
 * Thins a series to its first and last point and, so that no peak is lost, to the lowest and highest point of each of
 * `buckets` equal ranges of steps. A series that is short enough is returned unchanged.
 */
export function thinPoints(points: Points, buckets: number): Points {
  const { steps, values } = points;
  const size = steps.length;
  if (size <= 2 * buckets + 2) return points;
  const first = steps[0]!;
  const stretch = (steps[size - 1]! - first + 1) / buckets;
  const kept: number[] = [0];
  const keep = (at: number) => {
    if (at > kept[kept.length - 1]!) kept.push(at);
  };
  for (let from = 0, to = 0; from < size; from = to) {
    const bucket = Math.floor((steps[from]! - first) / stretch);
    while (to < size && Math.floor((steps[to]! - first) / stretch) === bucket) to += 1;
    for (const at of extremes(values, from, to)) keep(at);
  }
  keep(size - 1);
  return { steps: Float64Array.from(kept, (at) => steps[at]!), values: Float64Array.from(kept, (at) => values[at]!) };
}

/**
 * The mean of each of `buckets` equal ranges of steps, placed at the middle of its steps: the source of a smoothed line
 * if there are too many points to draw. A point can represent several; NaN is ignored.
 * @param weights number of points that each value is the mean of.
 */
export function meanPoints({ steps, values }: Points, buckets: number, weights?: ArrayLike<number>): Points {
  const size = steps.length;
  const first = steps[0] ?? 0;
  const stretch = ((steps[size - 1] ?? 0) - first + 1) / buckets;
  const means: number[] = [];
  const middles: number[] = [];
  for (let from = 0, to = 0; from < size; from = to) {
    const bucket = Math.floor((steps[from]! - first) / stretch);
    let [sum, weight] = [0, 0];
    for (; to < size && Math.floor((steps[to]! - first) / stretch) === bucket; to += 1) {
      if (Number.isNaN(values[to])) continue;
      sum += values[to]! * (weights?.[to] ?? 1);
      weight += weights?.[to] ?? 1;
    }
    if (weight === 0) continue;
    means.push(sum / weight);
    middles.push((steps[from]! + steps[to - 1]!) / 2);
  }
  return { steps: Float64Array.from(middles), values: Float64Array.from(means) };
}
