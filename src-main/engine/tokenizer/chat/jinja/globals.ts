import type { Budget } from './budget.ts';
import { integerArg, readArgs } from './call-args.ts';
import { RaisedByTemplate, TemplateFault, typeFault, UnsupportedByKeel, valueFault } from './faults.ts';
import { listOf } from './values/iterate.ts';
import { print } from './values/print-value.ts';
import { type Args, Callable, Dict, Namespace, Range, Undefined, type Value } from './values/values.ts';

/** jinja2's sandbox has the same limit. */
const MAX_RANGE = 100_000;

const range = (args: Args): Value => {
  if (args.named.size > 0) return typeFault('range() takes no keyword arguments');
  const [first, second, third] = readArgs('range', args, ['/start', '/stop', '/step'], 1);
  const bounds = [integerArg(first, 0n), integerArg(second, 0n), integerArg(third, 1n)] as const;
  if (bounds[2] === 0n) return valueFault('range() arg 3 must not be zero');
  const result = second === undefined ? new Range(0n, bounds[0], 1n) : new Range(...bounds);
  if (result.length > MAX_RANGE)
    throw new TemplateFault('OverflowError', `Range too big. jinja2's sandbox allows at most ${MAX_RANGE} items`);
  return result;
};

/** Python's `dict(…)`: a mapping or pairs, and then keyword arguments. */
function dictOf({ positional, named }: Args, budget: Budget): Dict {
  if (positional.length > 1) return typeFault(`dict expected at most 1 argument, got ${positional.length}`);
  const [source] = positional;
  const pairs = source instanceof Dict ? [...source.items()] : source === undefined ? [] : pairsOf(source, budget);
  return new Dict([...pairs, ...named.entries()]);
}

function pairsOf(source: Value, budget: Budget): (readonly [Value, Value])[] {
  return listOf(source, budget).map((item) => {
    const [key, value, ...rest] = listOf(item, budget);
    if (key === undefined || value === undefined || rest.length > 0)
      return valueFault('dictionary update sequence element has not 2 items');
    return [key, value];
  });
}

/** transformers lets no namespace have names that start with an underscore. */
export function checkNamespaceName(name: Value): void {
  if (typeof name === 'string' && name.startsWith('_'))
    throw new TemplateFault('SecurityError', `a namespace cannot have the attribute '${name}'`);
}

function namespace(args: Args, budget: Budget): Value {
  const attributes = dictOf(args, budget);
  for (const [name] of attributes.items()) checkNamespaceName(name);
  return new Namespace(attributes);
}

function cycler({ positional }: Args): Value {
  if (positional.length === 0) return typeFault('at least one item has to be provided');
  let position = 0;
  const current = () => positional[position] ?? null;
  const next = () => {
    const value = current();
    position = (position + 1) % positional.length;
    return value;
  };
  const reset = () => {
    position = 0;
    return null;
  };
  return new Callable('Cycler', null, {
    attribute: (name) => {
      if (name === 'current') return current();
      if (name === 'pos') return BigInt(position);
      return name === 'next' ? fn(next) : name === 'reset' ? fn(reset) : undefined;
    },
  });
}

function joiner(args: Args): Value {
  const [separator = ', '] = readArgs('joiner', args, ['sep']);
  let used = false;
  return new Callable('Joiner', () => {
    const value = used ? separator : '';
    used = true;
    return value;
  });
}

function fn(call: (args: Args) => Value): Callable {
  return new Callable('function', call);
}

/** Callables that jinja2 and transformers give to every template; `strftime_now` is not among them. */
export function templateGlobals(budget: Budget): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['range', fn(range)],
    ['dict', new Callable('TemplateDict', (args) => dictOf(args, budget))],
    ['namespace', new Callable('type', (args) => namespace(args, budget))],
    ['cycler', new Callable('type', cycler)],
    ['joiner', new Callable('type', joiner)],
    [
      'lipsum',
      fn(() => {
        throw new UnsupportedByKeel('lipsum, which is random');
      }),
    ],
    [
      'raise_exception',
      fn((args) => {
        const [message = null] = readArgs('raise_exception', args, ['message'], 1);
        throw new RaisedByTemplate(print(message, budget));
      }),
    ],
  ]);
}

/** The undefined value of a name that no scope has. */
export function unknownName(name: string): Undefined {
  if (name !== 'strftime_now') return new Undefined(`'${name}' is undefined`);
  return new Undefined(
    "it reads today's date with strftime_now, which Keel does not offer, so that a resumed run renders the same text; " +
      'write a fixed date in its place',
  );
}
