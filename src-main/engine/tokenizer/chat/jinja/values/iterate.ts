import type { Budget } from '../budget.ts';
import { typeFault, valueFault } from '../faults.ts';
import { characters } from './code-points.ts';
import {
  Callable,
  Dict,
  DictView,
  Iter,
  Markup,
  Namespace,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** The items of a value whose number is known, or null for an iterator. Throws Python's TypeError. */
function itemsOf(value: Value): readonly Value[] | null {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Undefined) return [];
  if (typeof value === 'string') return characters(value);
  if (value instanceof Dict) return Array.from(value.items(), ([key]) => key);
  if (value instanceof DictView) return value.values();
  if (value instanceof Markup) return characters(value.text);
  if (value instanceof Range) return Array.from({ length: value.length }, (_, index) => value.at(index));
  return value instanceof Iter ? null : typeFault(`'${typeName(value)}' object is not iterable`);
}

/** Characters and the integers of a range are made one by one. */
function chargeItems(value: Value, budget: Budget): void {
  if (typeof value === 'string' || value instanceof Range) budget.characters(value.length);
}

/** Python's `iter`. Of an iterator, what others have read is gone. */
export function iteratorOf(value: Value, budget: Budget): { next(): IteratorResult<Value> } {
  if (value instanceof Iter) return value;
  chargeItems(value, budget);
  const items = itemsOf(value) ?? [];
  budget.size(items.length);
  return items.values();
}

/** Python's `list`: a copy. */
export function listOf(value: Value, budget: Budget): Value[] {
  if (!(value instanceof Iter)) {
    chargeItems(value, budget);
    const items = itemsOf(value) ?? [];
    budget.size(items.length);
    return [...items];
  }
  const items: Value[] = [];
  for (let next = value.next(); !next.done; next = value.next()) {
    budget.charge(1);
    items.push(next.value);
  }
  return items;
}

export function isIterable(value: Value): boolean {
  const numbers = typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number';
  if (value instanceof Callable) return value.type === 'LoopContext';
  return value !== null && !numbers && !(value instanceof Namespace);
}

/** As many values as there are names. Throws Python's ValueError for another number. */
export function unpack(value: Value, count: number, budget: Budget): readonly Value[] {
  const items = listOf(value, budget);
  if (items.length > count) valueFault(`too many values to unpack (expected ${count})`);
  if (items.length < count) valueFault(`not enough values to unpack (expected ${count}, got ${items.length})`);
  return items;
}
