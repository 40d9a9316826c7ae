import { formatBytes, formatPercent } from '#contract/format.ts';

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

/** A share as a percentage: 0.9412 → `94.1%`. */
export function formatShare(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? MISSING : formatPercent(value);
}

/** Bytes in powers of 1000: `4.19 MB`. */
export function formatSize(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined || Number.isNaN(bytes) ? MISSING : formatBytes(bytes);
}
