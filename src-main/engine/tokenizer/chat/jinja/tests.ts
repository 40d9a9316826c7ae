import { calculate } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { readArgs } from './call-args.ts';
import { UnsupportedByKeel } from './faults.ts';
import { compare, equal, lengthOrNull } from './operators.ts';
import { STRING_TESTS } from './string-tests.ts';
import type { Comparison } from './syntax/nodes.ts';
import { isIterable } from './values/iterate.ts';
import { print } from './values/print-value.ts';
import {
  type Args,
  Callable,
  Dict,
  DictView,
  isNumber,
  Markup,
  Tuple,
  Undefined,
  type Value,
} from './values/values.ts';

type Test = (value: Value, args: Args, budget: Budget) => boolean;

function plain(name: string, test: (value: Value) => boolean): [string, Test] {
  return [
    name,
    (value, args) => {
      readArgs(name, args, []);
      return test(value);
    },
  ];
}

function comparing(operator: Comparison, names: readonly string[]): [string, Test][] {
  return names.map((name) => [
    name,
    (value, args, budget) => compare(operator, value, readArgs(name, args, ['/other'], 1)[0] ?? null, budget),
  ]);
}

/** `value % divisor == remainder`; Python's error for what has no remainder. */
function remainder(value: Value, divisor: Value, expected: bigint, budget: Budget): boolean {
  return equal(calculate('%', value, divisor, budget), expected, budget);
}

function isSequence(value: Value): boolean {
  const isView = value instanceof DictView || value instanceof Callable;
  return !isView && lengthOrNull(value) !== null;
}

/** Python's `is`. Which equal texts and numbers are one object is CPython's affair. */
function isSame(value: Value, other: Value, budget: Budget): boolean {
  const isPlain = (each: Value) => each === null || typeof each === 'boolean';
  if (isPlain(value) || isPlain(other)) return value === other;
  const isImmutable = (each: Value) => typeof each === 'string' || isNumber(each) || each instanceof Tuple;
  if (isImmutable(value) && isImmutable(other) && equal(value, other, budget))
    throw new UnsupportedByKeel("the test 'sameas' between equal texts or numbers");
  return value === other;
}

function isCallable(value: Value): boolean {
  if (value instanceof Undefined) return true;
  return value instanceof Callable && value.call !== null;
}

function casing(name: string, method: string): [string, Test] {
  return [
    name,
    (value, args, budget) => {
      readArgs(name, args, []);
      return STRING_TESTS.get(method)?.(print(value, budget)) ?? false;
    },
  ];
}

/** jinja2's tests. */
export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['odd', (value, args, budget) => oddness('odd', value, args, 1n, budget)],
  ['even', (value, args, budget) => oddness('even', value, args, 0n, budget)],
  [
    'divisibleby',
    (value, args, budget) => remainder(value, readArgs('divisibleby', args, ['num'], 1)[0] ?? null, 0n, budget),
  ],
  plain('defined', (value) => !(value instanceof Undefined)),
  plain('undefined', (value) => value instanceof Undefined),
  plain('none', (value) => value === null),
  plain('boolean', (value) => typeof value === 'boolean'),
  plain('false', (value) => value === false),
  plain('true', (value) => value === true),
  plain('integer', (value) => typeof value === 'bigint'),
  plain('float', (value) => typeof value === 'number'),
  casing('lower', 'islower'),
  casing('upper', 'isupper'),
  plain('string', (value) => typeof value === 'string' || value instanceof Markup),
  plain('mapping', (value) => value instanceof Dict),
  plain('number', isNumber),
  plain('sequence', isSequence),
  plain('iterable', isIterable),
  plain('callable', isCallable),
  plain('escaped', (value) => value instanceof Markup),
  ['sameas', (value, args, budget) => isSame(value, readArgs('sameas', args, ['other'], 1)[0] ?? null, budget)],
  ['in', (value, args, budget) => compare('in', value, readArgs('in', args, ['seq'], 1)[0] ?? null, budget)],
  ...comparing('==', ['==', 'eq', 'equalto']),
  ...comparing('!=', ['!=', 'ne']),
  ...comparing('>', ['>', 'gt', 'greaterthan']),
  ...comparing('>=', ['>=', 'ge']),
  ...comparing('<', ['<', 'lt', 'lessthan']),
  ...comparing('<=', ['<=', 'le']),
]);

function oddness(name: string, value: Value, args: Args, expected: bigint, budget: Budget): boolean {
  readArgs(name, args, []);
  return remainder(value, 2n, expected, budget);
}
