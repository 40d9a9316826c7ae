import { valueFault } from '../faults.ts';

/** A float as an exact fraction `numerator / 2^shift`. */
function fractionOf(value: number): { numerator: bigint; shift: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const field = bits >> 52n;
  const mantissa = bits & ((1n << 52n) - 1n);
  const numerator = field === 0n ? mantissa : mantissa | (1n << 52n);
  const exponent = (field === 0n ? 1n : field) - 1075n;
  return exponent >= 0n ? { numerator: numerator << exponent, shift: 0n } : { numerator, shift: -exponent };
}

/** `numerator / denominator`, a tie to the even number, as Python rounds. */
export function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (twice === denominator) return quotient + (quotient & 1n);
  return twice > denominator ? quotient + 1n : quotient;
}

const MAX_DIGITS = 400;

/** Python's `'%.2f' % value` for a finite value: the exact value of the float is rounded, a tie to even. */
export function toFixedDigits(value: number, digits: number): string {
  if (digits > MAX_DIGITS) valueFault('precision too large');
  const { numerator, shift } = fractionOf(value);
  const scaled = divideToEven(numerator * 10n ** BigInt(digits), 1n << shift)
    .toString()
    .padStart(digits + 1, '0');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const whole = scaled.slice(0, scaled.length - digits);
  return digits === 0 ? sign + whole : `${sign}${whole}.${scaled.slice(scaled.length - digits)}`;
}

/** Python's `round(value, digits)` of a float. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > MAX_DIGITS) return value;
  if (digits >= 0) return Number(toFixedDigits(value, digits));
  const { numerator, shift } = fractionOf(value);
  const unit = 10n ** BigInt(Math.min(-digits, MAX_DIGITS));
  const rounded = Number(divideToEven(numerator, unit << shift) * unit);
  return value < 0 ? -rounded : rounded;
}

/** Python's `round(value, digits)` of an int with negative digits. */
export function roundInteger(value: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(Math.min(-digits, MAX_DIGITS));
  const rounded = divideToEven(value < 0n ? -value : value, unit) * unit;
  return value < 0n ? -rounded : rounded;
}
