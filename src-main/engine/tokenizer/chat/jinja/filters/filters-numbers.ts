import { asFloat, calculate } from '../arithmetic.ts';
import { boundArg, integerArg, readArgs } from '../call-args.ts';
import { TemplateFault, typeFault, UnsupportedByKeel } from '../faults.ts';
import { truth } from '../operators.ts';
import { strip } from '../values/code-points.ts';
import { roundFloat, roundInteger } from '../values/decimal.ts';
import { asInteger, isNumber, Markup, typeName, Undefined, type Value } from '../values/values.ts';
import type { Filter } from './filter.ts';

const MAX_DIGITS = 1000;
const BOTH_SIDES = { start: true, end: true };

/** The digits of Python's `int(text, base)`, or null. */
function parseInteger(text: string, base: number): bigint | null {
  const trimmed = strip(text, null, BOTH_SIDES);
  if (/[^\p{ASCII}]/u.test(trimmed) && /\p{Nd}/u.test(trimmed)) throw new UnsupportedByKeel('digits outside ASCII');
  const match = /^([-+]?)(0[xX]|0[oO]|0[bB])?((?:_?[\da-zA-Z])+)$/.exec(trimmed);
  const [, sign = '', prefix = '', body = ''] = match ?? [];
  if (match === null || (prefix === '' && body.startsWith('_')) || body.length > MAX_DIGITS) return null;
  const prefixBase = { x: 16, o: 8, b: 2 }[prefix.at(-1)?.toLowerCase() ?? ''];
  const usesPrefix = prefixBase !== undefined && (base === 0 || base === prefixBase);
  const digits = (usesPrefix ? body : prefix + body).replaceAll('_', '').toLowerCase();
  const actual = usesPrefix ? prefixBase : base === 0 ? 10 : base;
  if (base === 0 && !usesPrefix && /^0+[1-9]/.test(digits)) return null;
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= actual) return null;
    value = value * BigInt(actual) + BigInt(worth);
  }
  return sign === '-' ? -value : value;
}

const FLOAT =
  /^[-+]?(?:(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)$/i;

/** Python's `float(text)`, or null. */
function parseFloatText(text: string): number | null {
  const trimmed = strip(text, null, BOTH_SIDES).toLowerCase();
  if (!FLOAT.test(trimmed)) return null;
  if (trimmed.includes('nan')) return Number.NaN;
  if (trimmed.includes('inf')) return trimmed.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(trimmed.replaceAll('_', ''));
}

/** Python's `float(value)`, or null where it raises TypeError or ValueError. */
function floatOf(value: Value): number | null {
  if (value instanceof Undefined) return value.fail();
  if (isNumber(value)) return asFloat(value);
  const text = value instanceof Markup ? value.text : value;
  return typeof text === 'string' ? parseFloatText(text) : null;
}

const toInteger: Filter = (value, args) => {
  const [fallback = 0n, base] = readArgs('int', args, ['default', 'base']);
  const text = value instanceof Markup ? value.text : value;
  const integer = typeof text === 'string' ? parseInteger(text, Number(integerArg(base, 10n))) : asInteger(value);
  if (integer !== null) return integer;
  const float = floatOf(value);
  if (float !== null && Number.isFinite(float)) return BigInt(Math.trunc(float));
  if (typeof value === 'number' && !Number.isNaN(value))
    throw new TemplateFault('OverflowError', 'cannot convert float infinity to integer');
  return fallback;
};

const toFloat: Filter = (value, args) => {
  const [fallback = 0] = readArgs('float', args, ['default']);
  return floatOf(value) ?? fallback;
};

const absolute: Filter = (value, args) => {
  readArgs('abs', args, []);
  const integer = asInteger(value);
  if (integer !== null) return integer < 0n ? -integer : integer;
  return typeof value === 'number' ? Math.abs(value) : typeFault(`bad operand type for abs(): '${typeName(value)}'`);
};

const round: Filter = (value, args, budget) => {
  const [precision, method = 'common'] = readArgs('round', args, ['precision', 'method']);
  const digits = Number(boundArg(precision) ?? 0n);
  if (!isNumber(value)) return typeFault(`type ${typeName(value)} doesn't define __round__ method`);
  if (method === 'common') return roundCommon(value, digits);
  if (method !== 'ceil' && method !== 'floor') return typeFault('method must be common, ceil or floor');
  const unit = calculate('**', 10n, BigInt(digits), budget);
  const scaled = calculate('*', value, unit, budget);
  const whole = typeof scaled === 'number' ? BigInt(Math[method](scaled)) : scaled;
  return calculate('/', whole, unit, budget);
};

function roundCommon(value: boolean | bigint | number, digits: number): Value {
  if (typeof value === 'number') return roundFloat(value, digits);
  const integer = BigInt(value);
  return digits < 0 ? roundInteger(integer, digits) : integer;
}

const fallbackFor: Filter = (value, args) => {
  const [fallback = '', boolean = false] = readArgs('default', args, ['default_value', 'boolean']);
  if (value instanceof Undefined) return fallback;
  return truth(boolean) && !truth(value) ? fallback : value;
};

export const NUMBER_FILTERS: readonly (readonly [string, Filter])[] = [
  ['int', toInteger],
  ['float', toFloat],
  ['abs', absolute],
  ['round', round],
  ['default', fallbackFor],
  ['d', fallbackFor],
];
