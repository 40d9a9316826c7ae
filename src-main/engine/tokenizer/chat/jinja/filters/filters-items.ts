import { calculate } from '../arithmetic.ts';
import type { Budget } from '../budget.ts';
import { integerArg, readArgs, textArg } from '../call-args.ts';
import { runtimeFault, TemplateFault, typeFault } from '../faults.ts';
import { equal, lengthOfValue, order, truth } from '../operators.ts';
import { attributeOf, getAttribute, getItem } from '../values/attributes.ts';
import { characters } from '../values/code-points.ts';
import { iteratorOf, listOf } from '../values/iterate.ts';
import { print } from '../values/print-value.ts';
import {
  Dict,
  DictView,
  Iter,
  keyOf,
  Markup,
  orElse,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter } from './filter.ts';

type Getter = (item: Value) => Value;

/** jinja2's way into an item: `'a.b.0'`, a number, or the item itself. */
export function attributeGetter(attribute: Value, budget: Budget, fallback: Value = null): Getter {
  const parts = partsOf(attribute);
  return (item) =>
    parts.reduce((value, part) => {
      const found = getItem(value, part, budget);
      return fallback !== null && found instanceof Undefined ? fallback : found;
    }, item);
}

function partsOf(attribute: Value): readonly Value[] {
  if (attribute === null) return [];
  if (typeof attribute !== 'string') return [attribute];
  return attribute.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
}

function ignoringCase(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function keyGetter(attribute: Value, caseSensitive: Value, budget: Budget, fallback: Value = null): Getter {
  const get = attributeGetter(attribute, budget, fallback);
  return truth(caseSensitive) ? get : (item) => ignoringCase(get(item));
}

/** Python's `sorted`: stable, and stable in reverse. */
function sorted(items: readonly Value[], key: Getter, reverse: Value, budget: Budget): Value[] {
  budget.size(items.length);
  const sign = truth(reverse) ? -1 : 1;
  const keyed = items.map((item) => ({ item, key: key(item) }));
  return keyed.sort((one, other) => sign * order(one.key, other.key, '<', budget)).map(({ item }) => item);
}

const sort: Filter = (value, args, budget) => {
  const parameters = ['reverse', 'case_sensitive', 'attribute'];
  const [reverse = false, caseSensitive = false, attribute = null] = readArgs('sort', args, parameters);
  const names = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const getters = names.map((name) => keyGetter(name, caseSensitive, budget));
  return sorted(listOf(value, budget), (item) => getters.map((get) => get(item)), reverse, budget);
};

const dictSort: Filter = (value, args, budget) => {
  const parameters = ['case_sensitive', 'by', 'reverse'];
  const [caseSensitive = false, by = 'key', reverse = false] = readArgs('dictsort', args, parameters);
  if (by !== 'key' && by !== 'value') return runtimeFault('You can only sort by either "key" or "value"');
  if (value instanceof Undefined) return value.fail();
  if (!(value instanceof Dict)) return typeFault(`'${typeName(value)}' object has no attribute 'items'`);
  const pairs = Array.from(value.items(), (pair) => new Tuple(pair));
  const key = keyGetter(by === 'key' ? 0n : 1n, caseSensitive, budget);
  return sorted(pairs, key, reverse, budget);
};

const unique: Filter = (value, args, budget) => {
  const [caseSensitive = false, attribute = null] = readArgs('unique', args, ['case_sensitive', 'attribute']);
  const key = keyGetter(attribute, caseSensitive, budget);
  return new Iter('generator', uniqueItems(value, key, budget));
};

function* uniqueItems(value: Value, key: Getter, budget: Budget): Generator<Value> {
  const items = iteratorOf(value, budget);
  const seen = new Set<unknown>();
  for (let next = items.next(); !next.done; next = items.next()) {
    const hash = keyOf(key(next.value));
    if (!seen.has(hash)) yield next.value;
    seen.add(hash);
  }
}

function extreme(name: 'min' | 'max'): Filter {
  return (value, args, budget) => {
    const [caseSensitive = false, attribute = null] = readArgs(name, args, ['case_sensitive', 'attribute']);
    const [first, ...rest] = listOf(value, budget);
    if (first === undefined) return new Undefined('No aggregated item, sequence was empty.');
    const key = keyGetter(attribute, caseSensitive, budget);
    return rest.reduce((best, item) => {
      const difference = order(key(item), key(best), name === 'min' ? '<' : '>', budget);
      return (name === 'min' ? difference < 0 : difference > 0) ? item : best;
    }, first);
  };
}

const sum: Filter = (value, args, budget) => {
  const [attribute = null, start = 0n] = readArgs('sum', args, ['attribute', 'start']);
  if (typeof start === 'string') return typeFault("sum() can't sum strings [use ''.join(seq) instead]");
  const get = attributeGetter(attribute, budget);
  return listOf(value, budget).reduce((total, item) => calculate('+', total, get(item), budget), start);
};

const groupBy: Filter = (value, args, budget) => {
  const parameters = ['attribute', 'default', 'case_sensitive'];
  const [attribute = null, fallback = null, caseSensitive = false] = readArgs('groupby', args, parameters, 1);
  const get = attributeGetter(attribute, budget, fallback);
  const key = keyGetter(attribute, caseSensitive, budget, fallback);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(listOf(value, budget), key, false, budget)) {
    const last = groups.at(-1);
    if (last && equal(last.key, key(item), budget)) last.items.push(item);
    else groups.push({ key: key(item), items: [item] });
  }
  return groups.map(({ key: lower, items }) => {
    const [first = null] = items;
    return new Tuple([truth(caseSensitive) ? lower : get(first), items], ['grouper', 'list']);
  });
};

const join: Filter = (value, args, budget) => {
  const [separator = '', attribute = null] = readArgs('join', args, ['d', 'attribute']);
  const get = attributeGetter(attribute, budget);
  const glue = print(separator, budget);
  let length = 0;
  const parts = listOf(value, budget).map((item) => {
    const part = print(get(item), budget);
    length += part.length + glue.length;
    budget.fits(length);
    return part;
  });
  return budget.text(parts.join(glue));
};

const first: Filter = (value, args, budget) => {
  readArgs('first', args, []);
  const next = iteratorOf(value, budget).next();
  return next.done ? new Undefined('No first item, sequence was empty.') : next.value;
};

/** What Python's `reversed` takes. */
function isReversible(value: Value): boolean {
  return !(value instanceof Iter) && !(value instanceof Undefined);
}

const last: Filter = (value, args, budget) => {
  readArgs('last', args, []);
  if (!isReversible(value) && !(value instanceof Undefined))
    return typeFault(`'${typeName(value)}' object is not reversible`);
  return orElse(listOf(value, budget).at(-1), () => new Undefined('No last item, sequence was empty.'));
};

const REVERSED: Readonly<Record<string, string>> = { list: 'list_reverseiterator', range: 'range_iterator' };

const reverse: Filter = (value, args, budget) => {
  readArgs('reverse', args, []);
  if (typeof value === 'string') budget.characters(value.length);
  if (typeof value === 'string') return characters(value).reverse().join('');
  if (value instanceof Markup) return new Markup(characters(value.text).reverse().join(''));
  const items = listOf(value, budget).reverse();
  return value instanceof Iter ? items : new Iter(REVERSED[typeName(value)] ?? 'reversed', items.values());
};

const items: Filter = (value, args) => {
  readArgs('items', args, []);
  return new Iter('generator', itemsOf(value));
};

function* itemsOf(value: Value): Generator<Value> {
  if (value instanceof Undefined) return;
  if (!(value instanceof Dict)) typeFault('Can only get item pairs from a mapping.');
  else yield* new DictView(value, 'items').values();
}

const batch: Filter = (value, args, budget) => {
  const [size, fill = null] = readArgs('batch', args, ['linecount', 'fill_with'], 1);
  const count = Number(integerArg(size, 1n));
  budget.size(Math.max(0, count));
  return new Iter('generator', batches(value, { count, fill }, budget));
};

function* batches(value: Value, { count, fill }: { count: number; fill: Value }, budget: Budget): Generator<Value> {
  const all = listOf(value, budget);
  // jinja2 compares the length before it adds an item, so that a count below 1 gives all items after an empty batch.
  if (count < 1) {
    if (count === 0 && all.length > 0) yield [];
    if (all.length > 0) yield [...all];
    return;
  }
  for (let start = 0; start < all.length; start += count) {
    const part = all.slice(start, start + count);
    const missing = fill === null ? 0 : count - part.length;
    yield [...part, ...Array.from({ length: missing }, () => fill)];
  }
}

const slice: Filter = (value, args, budget) => {
  const [slices, fill = null] = readArgs('slice', args, ['slices', 'fill_with'], 1);
  const count = integerArg(slices, 1n);
  budget.size(Math.max(0, Number(count)));
  return new Iter('generator', slicesOf(value, { count: Number(count), fill }, budget));
};

function* slicesOf(value: Value, { count, fill }: { count: number; fill: Value }, budget: Budget): Generator<Value> {
  const all = listOf(value, budget);
  if (count === 0) throw new TemplateFault('ZeroDivisionError', 'integer division or modulo by zero');
  const size = Math.floor(all.length / count);
  const longer = all.length % count;
  let start = 0;
  for (let index = 0; index < count; index += 1) {
    const end = start + size + (index < longer ? 1 : 0);
    const part = all.slice(start, end);
    yield fill !== null && index >= longer ? [...part, fill] : part;
    start = end;
  }
}

const attribute: Filter = (value, args, budget) => {
  const [name] = readArgs('attr', args, ['name'], 1);
  const text = textArg('attr', name);
  if (value instanceof Undefined) return value.fail();
  const found = attributeOf(value, text, budget);
  return found === undefined
    ? new Undefined(`'${typeName(value)} object' has no attribute '${text}'`)
    : getAttribute(value, text, budget);
};

const length: Filter = (value, args) => {
  readArgs('len', args, []);
  return lengthOfValue(value);
};

const list: Filter = (value, args, budget) => {
  readArgs('list', args, []);
  return listOf(value, budget);
};

export const ITEM_FILTERS: readonly (readonly [string, Filter])[] = [
  ['attr', attribute],
  ['batch', batch],
  ['count', length],
  ['dictsort', dictSort],
  ['first', first],
  ['groupby', groupBy],
  ['items', items],
  ['join', join],
  ['last', last],
  ['length', length],
  ['list', list],
  ['max', extreme('max')],
  ['min', extreme('min')],
  ['reverse', reverse],
  ['slice', slice],
  ['sort', sort],
  ['sum', sum],
  ['unique', unique],
];
