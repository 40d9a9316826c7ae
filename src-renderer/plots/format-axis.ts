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

/** Characters that an axis has room for. */
const ROOM = 8;

/** The first tick in full, the others by their distance from it: for close values far from zero. */
function relativeTicks(values: readonly (number | null)[]): string[] {
  const base = values.find((value) => value !== null) ?? 0;
  return values.map((value) => {
    if (value === null) return '';
    if (value === base)
      return (
        [4, 3].map((digits) => formatTick(value, digits)).find(({ length }) => length <= ROOM) ?? formatTick(value, 2)
      );
    return `${value > base ? '+' : ''}${formatTick(value - base, 2)}`;
  });
}

/** The ticks of one axis, with enough digits to distinguish them and within the room that every axis has. */
export function formatTicks(values: readonly (number | null)[]): string[] {
  const present = new Set(values.filter((value) => value !== null)).size;
  const written = (digits: number) => values.map((value) => (value === null ? '' : formatTick(value, digits)));
  const digits = DIGITS.find((count) => new Set(written(count).filter(Boolean)).size === present);
  const ticks = written(digits ?? DIGITS[0]);
  const fits = ticks.every((text) => text.length <= ROOM);
  return digits !== undefined && fits ? ticks : relativeTicks(values);
}

/** Formats a value of the x-axis; wall time is in seconds since the start. */
export function formatAxis(value: number, axis: PlotAxis): string {
  if (axis === 'wall') return value < 0 ? '' : formatSeconds(value);
  return axis === 'tokens' ? formatTick(value) : formatNumber(value);
}

/** One unit for a whole axis of wall time. */
export interface WallUnit {
  readonly name: string;
  readonly seconds: number;
}

const UNITS: readonly (WallUnit & { readonly upTo: number })[] = [
  { name: 's', seconds: 1, upTo: 180 },
  { name: 'min', seconds: 60, upTo: 3 * 3600 },
  { name: 'h', seconds: 3600, upTo: 3 * 86_400 },
];

/** The unit in which an axis up to some seconds is written. */
export function wallUnit(most: number): WallUnit {
  return UNITS.find(({ upTo }) => most <= upTo) ?? { name: 'days', seconds: 86_400 };
}

const ROUND = [1, 2, 5];

/** Distances between ticks: round multiples of a unit, and of its tenths for a time. */
export function tickSteps(unit: number, least: number): number[] {
  return Array.from({ length: 36 }, (_, at) => unit * least * ROUND[at % 3]! * 10 ** Math.floor(at / 3));
}
