import { formatNumber } from '../parts/format-number.ts';
import { formatSeconds } from '../parts/format-time.ts';
import type { PlotAxis } from './plot-line.ts';

const SHORT: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A number of an axis, as short as it may be: `20k`, `0.05`. */
export function formatTick(value: number): string {
  const [size, letter] = SHORT.find(([least]) => Math.abs(value) >= 10 * least) ?? [1, ''];
  return size === 1 ? formatNumber(value, 3) : `${formatNumber(value / size, 3)}${letter}`;
}

/** A value of the axis that steps are drawn over; wall time in seconds since the start. */
export function formatAxis(value: number, axis: PlotAxis): string {
  if (axis === 'wall') return value < 0 ? '' : formatSeconds(value);
  return axis === 'tokens' ? formatTick(value) : formatNumber(value);
}

/** A tick of wall time: `1:30` minutes, `2 h`, so that ticks stay apart. */
export function formatWallTick(seconds: number): string {
  if (seconds < 0) return '';
  const whole = Math.round(seconds);
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}
