import type { Extent } from '../axis.ts';

interface Ranged {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The range of values to show: all means, and of their intervals no more than once the spread of the means on each side,
 * because the interval of two seeds can be a hundred times as wide as what there is to see.
 */
export function shownBounds(values: readonly Ranged[]): Extent | null {
  const means = values.map(({ mean }) => mean).filter(Number.isFinite);
  if (means.length === 0) return null;
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const spread = most - least || Math.abs(most) || 1;
  const lows = values.map(({ low }) => low).filter(Number.isFinite);
  const highs = values.map(({ high }) => high).filter(Number.isFinite);
  const low = Math.max(Math.min(least, ...lows), least - spread);
  const high = Math.min(Math.max(most, ...highs), most + spread);
  const room = 0.05 * (high - low || spread);
  return [low - room, high + room];
}
