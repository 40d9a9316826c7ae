import type { Budget } from '../budget.ts';
import { runtimeFault, UnsupportedByKeel } from '../faults.ts';
import { truth } from '../operators.ts';
import { TESTS } from '../tests.ts';
import { iteratorOf } from '../values/iterate.ts';
import { type Args, Iter, type Value } from '../values/values.ts';
import type { Filter } from './filter.ts';
import { attributeGetter, ITEM_FILTERS } from './filters-items.ts';
import { NUMBER_FILTERS } from './filters-numbers.ts';
import { TEXT_FILTERS } from './filters-text.ts';

/** Filters of jinja2 that Keel refuses: random ones, and those for web pages. */
const UNSUPPORTED = new Set([
  'filesizeformat',
  'pprint',
  'random',
  'striptags',
  'urlencode',
  'urlize',
  'wordwrap',
  'xmlattr',
]);

/** The rest of the arguments after `count` positional ones. */
function after(args: Args, count: number): Args {
  return { positional: args.positional.slice(count), named: args.named };
}

function nameOf(value: Value | undefined, what: string): string {
  return typeof value === 'string' ? value : runtimeFault(`the name of a ${what} is a text`);
}

function* mapped(value: Value, args: Args, budget: Budget): Generator<Value> {
  if (!truth(value)) return;
  const change = mapping(args, budget);
  const items = iteratorOf(value, budget);
  for (let next = items.next(); !next.done; next = items.next()) {
    budget.charge(1);
    yield change(next.value);
  }
}

function mapping(args: Args, budget: Budget): (item: Value) => Value {
  const { positional, named } = args;
  const attribute = named.get('attribute');
  if (positional.length === 0 && attribute !== undefined) {
    const unknown = [...named.keys()].find((key) => key !== 'attribute' && key !== 'default');
    if (unknown !== undefined) runtimeFault(`Unexpected keyword argument '${unknown}'`);
    return attributeGetter(attribute, budget, named.get('default') ?? null);
  }
  if (positional.length === 0) return runtimeFault('map requires a filter argument');
  const filter = findFilter(nameOf(positional[0], 'filter'));
  return (item) => filter(item, after(args, 1), budget);
}

function selecting(keep: boolean, byAttribute: boolean): Filter {
  return (value, args, budget) => new Iter('generator', selected(value, args, { keep, byAttribute }, budget));
}

function* selected(
  value: Value,
  args: Args,
  { keep, byAttribute }: { keep: boolean; byAttribute: boolean },
  budget: Budget,
): Generator<Value> {
  if (!truth(value)) return;
  const accepts = condition(args, byAttribute, budget);
  const items = iteratorOf(value, budget);
  for (let next = items.next(); !next.done; next = items.next()) {
    budget.charge(1);
    if (accepts(next.value) === keep) yield next.value;
  }
}

function condition(args: Args, byAttribute: boolean, budget: Budget): (item: Value) => boolean {
  const offset = byAttribute ? 1 : 0;
  const [attribute] = args.positional;
  if (byAttribute && attribute === undefined) return runtimeFault('Missing parameter for attribute name');
  const get = byAttribute ? attributeGetter(attribute ?? null, budget) : (item: Value) => item;
  if (args.positional.length <= offset) return (item) => truth(get(item));
  const test = findTest(nameOf(args.positional[offset], 'test'));
  return (item) => test(get(item), after(args, offset + 1), budget);
}

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...TEXT_FILTERS,
  ...NUMBER_FILTERS,
  ...ITEM_FILTERS,
  ['map', (value, args, budget) => new Iter('generator', mapped(value, args, budget))],
  ['select', selecting(true, false)],
  ['reject', selecting(false, false)],
  ['selectattr', selecting(true, true)],
  ['rejectattr', selecting(false, true)],
]);

/** Throws jinja2's fault for an unknown name, and refuses the filters that Keel does not have. */
export function findFilter(name: string): Filter {
  const filter = FILTERS.get(name);
  if (filter) return filter;
  if (UNSUPPORTED.has(name)) throw new UnsupportedByKeel(`the filter '${name}'`);
  return runtimeFault(`No filter named '${name}'`);
}

export function findTest(name: string): (value: Value, args: Args, budget: Budget) => boolean {
  const test = TESTS.get(name);
  if (test) return test;
  if (name === 'filter') return (value) => FILTERS.has(nameOf(value, 'filter')) || UNSUPPORTED.has(String(value));
  if (name === 'test') return (value) => ['filter', 'test'].includes(String(value)) || TESTS.has(nameOf(value, 'test'));
  return runtimeFault(`No test named '${name}'`);
}
