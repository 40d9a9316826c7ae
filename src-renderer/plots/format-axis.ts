import { formatNumber } from '../parts/words/format-number.ts';
import { formatSeconds } from '../parts/words/format-time.ts';
import type { PlotAxis } from './plot-line.ts';

const SHORT: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

const DIGITS = [3, 4, 5, 6] as const;
/** Below this, a fraction's zeros take more room than a power of ten. */
const LEAST_PLAIN = 1e-3;

/** A compact axis number: `20k`, `0.05`, `5e−4`. */
export function formatTick(value: number, digits = 3): string {
  const magnitude = Math.abs(value);
  if (magnitude > 0 && magnitude < LEAST_PLAIN) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${Number(mantissa)}e${exponent}`.replaceAll('-', '−');
  }
  const [size, letter] = SHORT.find(([least]) => magnitude >= 10 * least) ?? [1, ''];
  return `${formatNumber(value / size, digits)}${letter}`;
}

/** The ticks of one axis, with enough digits to distinguish them. */
export function formatTicks(values: readonly (number | null)[]): string[] {
  const present = new Set(values.filter((value) => value !== null)).size;
  const written = (digits: number) => values.map((value) => (value === null ? '' : formatTick(value, digits)));
  const digits = DIGITS.find((count) => new Set(written(count).filter(Boolean)).size === present);
  return written(digits ?? DIGITS.at(-1)!);
}

/** Formats a value of the x-axis; wall time is in seconds since the start. */
export function formatAxis(value: number, axis: PlotAxis): string {
  if (axis === 'wall') return value < 0 ? '' : formatSeconds(value);
  return axis === 'tokens' ? formatTick(value) : formatNumber(value);
}

/** A wall-time tick: minutes as `1:30`, hours as `2:00 h`, so that ticks stay distinct. */
export function formatWallTick(seconds: number): string {
  if (seconds < 0) return '';
  const whole = Math.round(seconds);
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}
