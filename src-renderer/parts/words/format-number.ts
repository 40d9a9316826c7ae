const MINUS = '−';
const MISSING = '–';

/** Up to six decimals, with thousands separators; `toLocaleString('en-US')` is too slow for plots and tables. */
function grouped(size: number): string {
  // Shifts the decimal point as text: multiplying would round halves of the sixth decimal inconsistently.
  const rounded = Number(`${Math.round(Number(`${size}e6`))}e-6`);
  const [whole = '0', decimals] = String(rounded).split('.');
  const parts = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals ? `${parts}.${decimals}` : parts;
}

/** A number for display: four significant digits, thousands separators, very large and small ones as powers of ten. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return MISSING;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) {
    const [mantissa = '', exponent = '0'] = size.toExponential(digits - 1).split('e');
    return `${sign}${Number(mantissa)}e${Number(exponent) < 0 ? MINUS : ''}${Math.abs(Number(exponent))}`;
  }
  const rounded = Number.isInteger(value) ? size : Number(size.toPrecision(digits));
  return `${sign}${grouped(rounded)}`;
}

/** A share as a percentage: 0.9412 → `94.1 %`. */
export function formatShare(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? MISSING : `${(100 * value).toFixed(1)} %`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in powers of 1000: `4.2 MB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || Number.isNaN(bytes)) return MISSING;
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${UNITS[power]}`;
}
