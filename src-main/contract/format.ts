const cached = new Map<string, Intl.NumberFormat>();

/** A formatter per set of options: making one takes far longer than using it, and none is made before it is needed. */
function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  const known = cached.get(key) ?? new Intl.NumberFormat('en-US', options);
  cached.set(key, known);
  return known;
}

/** A count with thousands separators: `12,345`. */
export function formatCount(value: number): string {
  return formatter({}).format(value);
}

/** A count with its noun, which takes an s: `1 row`, `1,200 rows`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number with a fixed number of decimals: `0.30`. */
export function formatFixed(value: number, decimals: number): string {
  return formatter({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

/** A number with at most so many significant digits: `0.0123`, `12,300`. */
export function formatDigits(value: number, digits: number): string {
  return formatter({ maximumSignificantDigits: digits }).format(value);
}

/** A share as a percentage: 0.9412 → `94.1%`. */
export function formatPercent(share: number, decimals = 1): string {
  const fraction = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return formatter({ style: 'percent', ...fraction }).format(share);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/**
 * Bytes in powers of 1000 with three significant digits: `4.19 MB`.
 * @param rounding `ceil` for what has to be freed, so that freeing as much as it says is enough.
 */
export function formatBytes(bytes: number, rounding: 'halfExpand' | 'ceil' = 'halfExpand'): string {
  // What would be rounded to 1000 of a unit is 1 of the next.
  const fits = (value: number) => (rounding === 'ceil' ? value <= 999 : value < 999.5);
  const found = UNITS.findIndex((_, power) => fits(bytes / 1000 ** power));
  const power = found === -1 ? UNITS.length - 1 : found;
  const digits = { maximumSignificantDigits: 3, roundingMode: rounding } as Intl.NumberFormatOptions;
  return `${formatter(digits).format(bytes / 1000 ** power)} ${UNITS[power]}`;
}
