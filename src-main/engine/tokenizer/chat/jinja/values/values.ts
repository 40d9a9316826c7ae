import { TemplateFault, typeFault } from '../faults.ts';

/**
 * Python's values. `bigint` is int and `number` is float, so that 1 and 1.0 stay apart; an array is a list.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Value[]
  | Tuple
  | Dict
  | DictView
  | Range
  | Iter
  | Undefined
  | Markup
  | Namespace
  | Callable;

/** The value, or the fallback where there is none. `??` does not do: None is a value, and it is null here. */
export function orElse<T>(value: Value | undefined, fallback: () => T): Value | T {
  return value === undefined ? fallback() : value;
}

export interface Args {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export class Tuple {
  readonly items: readonly Value[];
  /** The names of `groupby`'s pairs: grouper, list. */
  readonly names: readonly string[];

  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** Prints as nothing, iterates over nothing, and is false; most other uses raise `hint`. */
export class Undefined {
  readonly hint: string;
  private readonly kind: 'UndefinedError' | 'SecurityError';

  constructor(hint: string, kind: 'UndefinedError' | 'SecurityError' = 'UndefinedError') {
    this.hint = hint;
    this.kind = kind;
  }

  fail(): never {
    throw new TemplateFault(this.kind, this.hint);
  }
}

/** The result of `safe` and `escape`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Integers from `start` to below `stop`. */
export class Range {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;

  constructor(start: bigint, stop: bigint, step: bigint) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  get length(): number {
    const span = this.step > 0n ? this.stop - this.start : this.start - this.stop;
    const step = this.step > 0n ? this.step : -this.step;
    return span <= 0n ? 0 : Number((span + step - 1n) / step);
  }

  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }
}

/** A Python iterator: what it has yielded is gone. `kind` is Python's name of its type. */
export class Iter {
  readonly kind: string;
  private readonly source: Iterator<Value>;

  constructor(kind: string, source: Iterator<Value>) {
    this.kind = kind;
    this.source = source;
  }

  next(): IteratorResult<Value> {
    return this.source.next();
  }
}

type Key = string | bigint | number | null | object;

/** Python's hash: equal values have equal keys, so that `d[1]`, `d[1.0]` and `d[true]` are one entry. */
export function keyOf(value: Value): Key {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    default:
      return value === null || typeof value === 'bigint' ? value : keyOfObject(value);
  }
}

function keyOfObject(value: Exclude<Value, null | boolean | bigint | number | string>): Key {
  const isView = value instanceof DictView && value.of !== 'values';
  if (Array.isArray(value) || value instanceof Dict || isView) typeFault(`unhashable type: '${typeName(value)}'`);
  if (value instanceof Tuple) return `t${value.items.map((item) => keyText(keyOf(item))).join('')}`;
  if (value instanceof Markup) return keyOf(value.text);
  return value instanceof Undefined ? 'u' : value;
}

function keyText(key: Key): string {
  const text = typeof key === 'object' && key !== null ? typeFault('unhashable tuple') : `${typeof key} ${key}`;
  return `${text.length}:${text}`;
}

export class Dict {
  private readonly entries = new Map<Key, [Value, Value]>();

  constructor(items: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of items) this.set(key, value);
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: Value): Value | undefined {
    return this.entries.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.entries.has(keyOf(key));
  }

  set(key: Value, value: Value): void {
    const hash = keyOf(key);
    this.entries.set(hash, [this.entries.get(hash)?.[0] ?? key, value]);
  }

  items(): IterableIterator<[Value, Value]> {
    return this.entries.values();
  }
}

/** `d.keys()`, `d.values()` and `d.items()`. */
export class DictView {
  readonly dict: Dict;
  readonly of: 'keys' | 'values' | 'items';

  constructor(dict: Dict, of: 'keys' | 'values' | 'items') {
    this.dict = dict;
    this.of = of;
  }

  values(): Value[] {
    return Array.from(this.dict.items(), ([key, value]) => {
      if (this.of === 'items') return new Tuple([key, value]);
      return this.of === 'keys' ? key : value;
    });
  }
}

export class Namespace {
  readonly attributes: Dict;

  constructor(attributes: Dict) {
    this.attributes = attributes;
  }
}

/** Functions, macros, `loop`, and the other objects that a template gets from jinja2. */
export class Callable {
  /** Python's name of the type. */
  readonly type: string;
  /** Null: it cannot be called. */
  readonly call: ((args: Args) => Value) | null;
  /** Undefined: it has no such attribute. */
  readonly attribute: (name: string) => Value | undefined;
  /** How it prints; null where Python prints an address in memory. */
  readonly print: (() => string) | null;
  /** How many items `length` counts; null: it has no length. */
  readonly count: (() => number) | null;

  constructor(
    type: string,
    call: ((args: Args) => Value) | null,
    more: { attribute?: (name: string) => Value | undefined; print?: () => string; count?: () => number } = {},
  ) {
    this.type = type;
    this.call = call;
    this.attribute = more.attribute ?? (() => undefined);
    this.print = more.print ?? null;
    this.count = more.count ?? null;
  }
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  bigint: 'int',
  number: 'float',
  string: 'str',
};

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Dict) return 'dict';
  if (value instanceof DictView) return `dict_${value.of}`;
  if (value instanceof Iter) return value.kind;
  if (value instanceof Callable) return value.type;
  if (value instanceof Range) return 'range';
  if (value instanceof Namespace) return 'Namespace';
  if (value instanceof Markup) return 'Markup';
  return PRIMITIVES[typeof value] ?? 'Undefined';
}

export function isNumber(value: Value): value is boolean | bigint | number {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
}

/** An int, or a bool, which Python counts as one. */
export function asInteger(value: Value): bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' ? value : null;
}
