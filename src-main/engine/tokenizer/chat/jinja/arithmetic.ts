import type { Budget } from './budget.ts';
import { TemplateFault, typeFault, UnsupportedByKeel } from './faults.ts';
import { formatPercent } from './filters/percent-format.ts';
import type { BinaryOperator } from './syntax/nodes.ts';
import { asInteger, DictView, isNumber, Markup, Tuple, typeName, Undefined, type Value } from './values/values.ts';

/** Python's binary operators. Throws its TypeError and ZeroDivisionError. */
export function calculate(operator: BinaryOperator, left: Value, right: Value, budget: Budget): Value {
  if (left instanceof Undefined) return left.fail();
  if (right instanceof Undefined && operator !== '%') return right.fail();
  if (left instanceof Markup || right instanceof Markup)
    throw new UnsupportedByKeel(`'${operator}' with a text marked as safe`);
  if (left instanceof DictView || right instanceof DictView) throw new UnsupportedByKeel('sets');
  if (isNumber(left) && isNumber(right)) return ofNumbers(operator, left, right, budget);
  if (operator === '%' && typeof left === 'string') return budget.text(formatPercent(left, right, budget));
  if (operator === '+') return joined(left, right, budget) ?? noOperator(operator, left, right);
  if (operator === '*')
    return repeated(left, right, budget) ?? repeated(right, left, budget) ?? noOperator(operator, left, right);
  if (right instanceof Undefined) return right.fail();
  return noOperator(operator, left, right);
}

function noOperator(operator: string, left: Value, right: Value): never {
  return typeFault(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

function joined(left: Value, right: Value, budget: Budget): Value | null {
  if (typeof left === 'string' && typeof right === 'string') return budget.text(left + right);
  if (Array.isArray(left) && Array.isArray(right)) {
    budget.size(left.length + right.length);
    return [...left, ...right];
  }
  if (!(left instanceof Tuple && right instanceof Tuple)) return null;
  budget.size(left.items.length + right.items.length);
  return new Tuple([...left.items, ...right.items]);
}

function repeated(value: Value, times: Value, budget: Budget): Value | null {
  const count = asInteger(times);
  const isSequence = typeof value === 'string' || Array.isArray(value) || value instanceof Tuple;
  if (count === null || !isSequence) return null;
  const length = value instanceof Tuple ? value.items.length : value.length;
  const total = count > 0n ? length * Number(count) : 0;
  budget.size(total);
  const repeats = total === 0 ? 0 : Number(count);
  if (typeof value === 'string') return value.repeat(repeats);
  const items = value instanceof Tuple ? value.items : value;
  const copies = Array.from({ length: repeats }, () => items).flat() as Value[];
  return value instanceof Tuple ? new Tuple(copies) : copies;
}

type Numeric = boolean | bigint | number;

function ofNumbers(operator: BinaryOperator, left: Numeric, right: Numeric, budget: Budget): bigint | number {
  const one = asInteger(left);
  const other = asInteger(right);
  if (one === null || other === null) return ofFloats(operator, asFloat(left), asFloat(right));
  return ofIntegers(operator, one, other, budget);
}

export function asFloat(value: Numeric): number {
  const float = Number(value);
  if (typeof value === 'bigint' && !Number.isFinite(float))
    throw new TemplateFault('OverflowError', 'int too large to convert to float');
  return float;
}

function divisionByZero(): never {
  throw new TemplateFault('ZeroDivisionError', 'division by zero');
}

function ofIntegers(operator: BinaryOperator, one: bigint, other: bigint, budget: Budget): bigint | number {
  switch (operator) {
    case '+':
      return budget.integer(one + other);
    case '-':
      return budget.integer(one - other);
    case '*':
      return budget.integer(one * other);
    case '**':
      return power(one, other, budget);
    default:
  }
  if (other === 0n) return divisionByZero();
  if (operator === '/') return trueDivision(one, other);
  const remainder = modulo(one, other);
  return operator === '%' ? remainder : (one - remainder) / other;
}

/** The remainder has the sign of the divisor. */
function modulo(one: bigint, other: bigint): bigint {
  const remainder = one % other;
  return remainder !== 0n && remainder < 0n !== other < 0n ? remainder + other : remainder;
}

function trueDivision(one: bigint, other: bigint): number {
  const exact = [one, other].every((value) => Number.isSafeInteger(Number(value)));
  if (!exact) throw new UnsupportedByKeel('division of integers above 2^53');
  return Number(one) / Number(other);
}

function power(base: bigint, exponent: bigint, budget: Budget): bigint | number {
  if (exponent < 0n) return base === 0n ? divisionByZero() : asFloat(base) ** asFloat(exponent);
  const bits = BigInt(base.toString(2).length) * exponent;
  if (base !== 0n && base !== 1n && base !== -1n) budget.integer(1n << (bits > 100_000n ? 100_000n : bits));
  return base ** exponent;
}

function ofFloats(operator: BinaryOperator, one: number, other: number): number {
  switch (operator) {
    case '+':
      return one + other;
    case '-':
      return one - other;
    case '*':
      return one * other;
    case '**':
      return floatPower(one, other);
    default:
  }
  if (other === 0) return divisionByZero();
  if (operator === '/') return one / other;
  const remainder = floatModulo(one, other);
  return operator === '%' ? remainder : floorDivision(one, other, remainder);
}

function floatPower(one: number, other: number): number {
  if (one === 0 && other < 0) return divisionByZero();
  if (one < 0 && !Number.isInteger(other)) throw new UnsupportedByKeel('complex numbers');
  const result = one ** other;
  if (!Number.isFinite(result) && Number.isFinite(one) && Number.isFinite(other))
    throw new TemplateFault('OverflowError', 'Result too large');
  return Math.abs(one) === 1 && Number.isNaN(result) ? 1 : result;
}

function floatModulo(one: number, other: number): number {
  const remainder = one % other;
  if (remainder === 0) return other < 0 ? -0 : 0;
  return remainder < 0 !== other < 0 ? remainder + other : remainder;
}

/** CPython's float_floor_div. */
function floorDivision(one: number, other: number, remainder: number): number {
  const quotient = (one - remainder) / other;
  if (quotient === 0) return Math.sign(one / other) < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** Unary plus and minus. */
export function signed(sign: 'plus' | 'minus', value: Value): Value {
  if (value instanceof Undefined) return value.fail();
  const integer = asInteger(value);
  if (integer !== null) return sign === 'minus' ? -integer : integer;
  if (typeof value === 'number') return sign === 'minus' ? -value : value;
  return typeFault(`bad operand type for unary ${sign === 'minus' ? '-' : '+'}: '${typeName(value)}'`);
}
