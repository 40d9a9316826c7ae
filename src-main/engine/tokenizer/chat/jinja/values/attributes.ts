import type { Budget } from '../budget.ts';
import { boundArg, readArgs } from '../call-args.ts';
import { typeFault, UnsupportedByKeel, valueFault } from '../faults.ts';
import { equal } from '../operators.ts';
import { STRING_METHODS } from '../string-methods.ts';
import { characters, sliced, sliceIndices } from './code-points.ts';
import { represent } from './print-value.ts';
import {
  type Args,
  asInteger,
  Callable,
  Dict,
  DictView,
  Markup,
  Namespace,
  orElse,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Methods that change a value; transformers' sandbox refuses the call, not the look-up. */
const CHANGING: Readonly<Record<string, readonly string[]>> = {
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
  list: ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'],
};
const INTEGER = ['as_integer_ratio', 'bit_count', 'bit_length', 'conjugate', 'denominator', 'from_bytes', 'imag'];
/** Attributes that Python's types have and Keel does not. */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  str: ['encode', 'maketrans', 'translate'],
  dict: ['fromkeys'],
  int: [...INTEGER, 'numerator', 'real', 'to_bytes'],
  bool: [...INTEGER, 'numerator', 'real', 'to_bytes'],
  float: ['as_integer_ratio', 'conjugate', 'fromhex', 'hex', 'imag', 'is_integer', 'real'],
  range: ['count', 'index'],
  dict_keys: ['isdisjoint', 'mapping'],
  dict_items: ['isdisjoint', 'mapping'],
  dict_values: ['mapping'],
  generator: ['close', 'send', 'throw'],
};

type Call = (args: Args) => Value;

function method(call: Call): Callable {
  return new Callable('builtin_function_or_method', call);
}

/** Python's `getattr` in the sandbox, or undefined where Python raises AttributeError. */
export function attributeOf(value: Value, name: string, budget: Budget): Value | undefined {
  const type = typeName(value);
  if (name.startsWith('__') || CHANGING[type]?.includes(name))
    return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`, 'SecurityError');
  if (UNKNOWN[type]?.includes(name) || value instanceof Markup)
    throw new UnsupportedByKeel(`the attribute '${name}' of the type ${type}`);
  if (typeof value === 'string') return stringMethod(value, name, budget);
  if (value instanceof Dict) return dictMethod(value, name, budget);
  if (Array.isArray(value)) return name === 'copy' ? copyOf(value, budget) : listMethod(value, name, budget);
  if (value instanceof Tuple)
    return orElse(value.items[value.names.indexOf(name)], () => listMethod(value.items, name, budget));
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof Callable) return value.attribute(name);
  if (!(value instanceof Range)) return undefined;
  return name === 'start' || name === 'stop' || name === 'step' ? value[name] : undefined;
}

function stringMethod(text: string, name: string, budget: Budget): Callable | undefined {
  const found = STRING_METHODS.get(name);
  if (found === undefined) return undefined;
  return method((args) => {
    const result = found(text, args, budget);
    if (typeof result === 'string' || Array.isArray(result)) budget.size(result.length);
    return result;
  });
}

function dictMethod(dict: Dict, name: string, budget: Budget): Callable | undefined {
  switch (name) {
    case 'get':
      return method((args) => {
        const [key = null, fallback = null] = readArgs('get', args, ['/key', '/default'], 1);
        return orElse(dict.get(key), () => fallback);
      });
    case 'keys':
    case 'values':
    case 'items':
      return method((args) => {
        readArgs(name, args, []);
        return new DictView(dict, name);
      });
    case 'copy':
      return method((args) => {
        readArgs(name, args, []);
        budget.size(dict.size);
        return new Dict(dict.items());
      });
    default:
      return undefined;
  }
}

function copyOf(items: readonly Value[], budget: Budget): Callable {
  return method((args) => {
    readArgs('copy', args, []);
    budget.size(items.length);
    return [...items];
  });
}

/** The methods that lists and tuples share. */
function listMethod(items: readonly Value[], name: string, budget: Budget): Callable | undefined {
  if (name === 'count')
    return method((args) => {
      const [sought = null] = readArgs(name, args, ['/value'], 1);
      return BigInt(items.filter((item) => equal(item, sought, budget)).length);
    });
  if (name !== 'index') return undefined;
  return method((args) => {
    const [sought = null, from, to] = readArgs(name, args, ['/value', '/start', '/stop'], 1);
    const { start, stop } = sliceIndices(items.length, [boundArg(from), boundArg(to)]);
    for (let index = start; index < stop; index += 1)
      if (equal(items[index] ?? null, sought, budget)) return BigInt(index);
    return valueFault(`${represent(sought, budget)} is not in list`);
  });
}

function missing(object: Value, name: string): Undefined {
  const type = object === null ? 'None' : `${typeName(object)} object`;
  return new Undefined(`'${type}' has no attribute '${name}'`);
}

/** jinja2's `object.name`: the attribute, else the item, else undefined. A dict's method hides a key of its name. */
export function getAttribute(object: Value, name: string, budget: Budget): Value {
  if (object instanceof Undefined) return object.fail();
  const item = () => orElse(itemOf(object, name), () => missing(object, name));
  return orElse(attributeOf(object, name, budget), item);
}

/** jinja2's `object[key]`: the item, else the attribute of that name, else undefined. */
export function getItem(object: Value, key: Value, budget: Budget): Value {
  if (object instanceof Undefined) return object.fail();
  const item = itemOf(object, key);
  if (item !== undefined) return item;
  if (typeof key === 'string') return orElse(attributeOf(object, key, budget), () => missing(object, key));
  return new Undefined(`${typeName(object)} object has no element ${represent(key, budget)}`);
}

/** Python's `object[key]`, or undefined where it raises TypeError or LookupError. */
function itemOf(object: Value, key: Value): Value | undefined {
  if (object instanceof Dict) {
    const isHashable = !(Array.isArray(key) || key instanceof Dict || key instanceof DictView);
    return isHashable ? object.get(key) : undefined;
  }
  const index = asInteger(key);
  if (index === null) return undefined;
  const position = Number(index);
  if (Array.isArray(object)) return object.at(position);
  if (object instanceof Tuple) return object.items.at(position);
  if (typeof object === 'string') return characters(object).at(position);
  if (object instanceof Markup) throw new UnsupportedByKeel('characters of a text marked as safe');
  if (!(object instanceof Range)) return undefined;
  const at = position < 0 ? position + object.length : position;
  return at >= 0 && at < object.length ? object.at(at) : undefined;
}

/** Python's `object[start:stop:step]`; unlike an item, a slice of something else raises TypeError. */
export function getSlice(object: Value, bounds: readonly Value[], budget: Budget): Value {
  if (object instanceof Undefined) return object.fail();
  const range = bounds.map((bound) => (bound === null ? null : (asInteger(bound) ?? notAnIndex())));
  if (range[2] === 0n) return valueFault('slice step cannot be zero');
  if (typeof object === 'string') {
    budget.characters(object.length);
    return sliced(characters(object), range).join('');
  }
  if (Array.isArray(object) || object instanceof Tuple) {
    const items = object instanceof Tuple ? object.items : object;
    budget.size(items.length);
    return Array.isArray(object) ? sliced(items, range) : new Tuple(sliced(items, range));
  }
  if (object instanceof Range || object instanceof Markup)
    throw new UnsupportedByKeel(`slices of a ${typeName(object)}`);
  const isUnhashable = object instanceof Dict;
  return typeFault(isUnhashable ? "unhashable type: 'slice'" : `'${typeName(object)}' object is not subscriptable`);
}

function notAnIndex(): never {
  return typeFault('slice indices must be integers or None or have an __index__ method');
}
