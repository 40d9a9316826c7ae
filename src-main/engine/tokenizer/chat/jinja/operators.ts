import type { Budget } from './budget.ts';
import { typeFault, UnsupportedByKeel } from './faults.ts';
import type { Comparison } from './syntax/nodes.ts';
import { compareText, lengthOf } from './values/code-points.ts';
import { iteratorOf } from './values/iterate.ts';
import {
  asInteger,
  Callable,
  Dict,
  DictView,
  Iter,
  isNumber,
  keyOf,
  Markup,
  Namespace,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values/values.ts';

/** Python's truth value. */
export function truth(value: Value): boolean {
  // Unlike in JavaScript, NaN is true.
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (value instanceof Iter || value instanceof Namespace) return true;
  if (value instanceof Callable) return value.count === null || value.count() > 0;
  return (lengthOrNull(value) ?? 1) > 0;
}

/** Python's `len`, or null for a value without one. */
export function lengthOrNull(value: Value): number | null {
  if (typeof value === 'string') return lengthOf(value);
  if (value instanceof Markup) return lengthOf(value.text);
  if (Array.isArray(value) || value instanceof Range) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof DictView) return value.dict.size;
  if (value instanceof Undefined) return 0;
  return value instanceof Callable && value.count !== null ? value.count() : null;
}

export function lengthOfValue(value: Value): bigint {
  const length = lengthOrNull(value);
  return length === null ? typeFault(`object of type '${typeName(value)}' has no len()`) : BigInt(length);
}

/** Python's `==`: 1 equals 1.0 and True, a list never equals a tuple. */
export function equal(one: Value, other: Value, budget: Budget): boolean {
  budget.charge(0.5);
  if (isNumber(one) && isNumber(other)) return orderNumbers(comparable(one), comparable(other)) === 0;
  if (one === other) return true;
  if (one instanceof Markup || other instanceof Markup)
    return typeof textOf(one) === 'string' && textOf(one) === textOf(other);
  if (Array.isArray(one)) return Array.isArray(other) && equalItems(one, other, budget);
  if (one instanceof Tuple) return other instanceof Tuple && equalItems(one.items, other.items, budget);
  if (one instanceof Dict) return other instanceof Dict && equalDicts(one, other, budget);
  if (one instanceof Undefined) return other instanceof Undefined;
  if (one instanceof Range && other instanceof Range) return equalRanges(one, other);
  if (one instanceof DictView && other instanceof DictView) throw new UnsupportedByKeel('comparing views of dicts');
  return false;
}

function textOf(value: Value): Value {
  return value instanceof Markup ? value.text : value;
}

/** JavaScript compares `bigint` and `number` exactly, as Python compares int and float. */
function comparable(value: boolean | bigint | number): bigint | number {
  return typeof value === 'boolean' ? BigInt(value) : value;
}

function equalItems(one: readonly Value[], other: readonly Value[], budget: Budget): boolean {
  return one.length === other.length && one.every((item, index) => equal(item, other[index] ?? null, budget));
}

function equalDicts(one: Dict, other: Dict, budget: Budget): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one.items()) {
    const found = other.get(key);
    if (found === undefined || !equal(value, found, budget)) return false;
  }
  return true;
}

function equalRanges(one: Range, other: Range): boolean {
  if (one.length !== other.length) return false;
  return one.length === 0 || (one.start === other.start && (one.length === 1 || one.step === other.step));
}

/** Negative, 0 or positive; NaN is neither. Throws Python's TypeError for values without an order. */
export function order(one: Value, other: Value, operator: string, budget: Budget): number {
  budget.charge(0.1);
  if (one instanceof Undefined) return one.fail();
  if (other instanceof Undefined) return other.fail();
  if (isNumber(one) && isNumber(other)) return orderNumbers(comparable(one), comparable(other));
  const left = textOf(one);
  const right = textOf(other);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (Array.isArray(one) && Array.isArray(other)) return orderItems(one, other, operator, budget);
  if (one instanceof Tuple && other instanceof Tuple) return orderItems(one.items, other.items, operator, budget);
  if (one instanceof DictView && other instanceof DictView) throw new UnsupportedByKeel('comparing views of dicts');
  return typeFault(`'${operator}' not supported between instances of '${typeName(one)}' and '${typeName(other)}'`);
}

function orderNumbers(one: bigint | number, other: bigint | number): number {
  if (one < other) return -1;
  if (one > other) return 1;
  return Number.isNaN(one) || Number.isNaN(other) ? Number.NaN : 0;
}

function orderItems(one: readonly Value[], other: readonly Value[], operator: string, budget: Budget): number {
  for (const [index, item] of one.entries()) {
    const beside = other[index];
    if (beside === undefined) return 1;
    if (!equal(item, beside, budget)) return order(item, beside, operator, budget);
  }
  return one.length - other.length;
}

export function compare(operator: Comparison, one: Value, other: Value, budget: Budget): boolean {
  switch (operator) {
    case '==':
      return equal(one, other, budget);
    case '!=':
      return !equal(one, other, budget);
    case 'in':
      return contains(other, one, budget);
    case 'not in':
      return !contains(other, one, budget);
    case '<':
      return order(one, other, operator, budget) < 0;
    case '<=':
      return order(one, other, operator, budget) <= 0;
    case '>':
      return order(one, other, operator, budget) > 0;
    default:
      return order(one, other, operator, budget) >= 0;
  }
}

/** Python's `item in container`. */
export function contains(container: Value, item: Value, budget: Budget): boolean {
  const text = textOf(container);
  if (typeof text === 'string') return textContains(text, item, budget);
  if (container instanceof Dict) return container.has(item);
  if (container instanceof DictView && container.of === 'keys') {
    keyOf(item);
    return container.dict.has(item);
  }
  if (container instanceof Namespace || container === null || isNumber(container))
    return typeFault(`argument of type '${typeName(container)}' is not iterable`);
  if (container instanceof Range && asInteger(item) === null && typeof item !== 'number') return false;
  const items = iteratorOf(container, budget);
  for (let next = items.next(); !next.done; next = items.next()) if (equal(next.value, item, budget)) return true;
  return false;
}

function textContains(text: string, item: Value, budget: Budget): boolean {
  const part = textOf(item);
  if (typeof part !== 'string')
    return typeFault(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  budget.size(text.length);
  return text.includes(part);
}
