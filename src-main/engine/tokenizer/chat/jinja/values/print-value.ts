import type { Budget } from '../budget.ts';
import { UnsupportedByKeel } from '../faults.ts';
import {
  Callable,
  Dict,
  DictView,
  Markup,
  Namespace,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Python's `str(value)`, which is also what `{{ value }}` prints. Refuses values that print an address in memory. */
export function print(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.text;
  return value instanceof Undefined ? '' : represent(value, budget);
}

/** Python's `repr(value)`. */
export function represent(value: Value, budget: Budget): string {
  budget.charge(1);
  switch (typeof value) {
    case 'string':
      return budget.text(representText(value));
    case 'bigint':
      return value.toString();
    case 'number':
      return representFloat(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return value === null ? 'None' : budget.text(representObject(value, budget));
  }
}

function representObject(value: Exclude<Value, null | boolean | bigint | number | string>, budget: Budget): string {
  const list = (items: readonly Value[]) => items.map((item) => represent(item, budget)).join(', ');
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (value instanceof Tuple) return value.items.length === 1 ? `(${list(value.items)},)` : `(${list(value.items)})`;
  if (value instanceof Dict) return representDict(value, budget);
  if (value instanceof DictView) return `dict_${value.of}([${list(value.values())}])`;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Namespace) return `<Namespace ${representDict(value.attributes, budget)}>`;
  if (value instanceof Markup) return `Markup(${representText(value.text)})`;
  if (value instanceof Range)
    return `range(${value.start}, ${value.stop}${value.step === 1n ? '' : `, ${value.step}`})`;
  if (value instanceof Callable && value.print !== null) return value.print();
  throw new UnsupportedByKeel(`printing a ${typeName(value)}, which Python prints with its address in memory`);
}

function representDict(dict: Dict, budget: Budget): string {
  const entries = Array.from(dict.items(), ([key, value]) => `${represent(key, budget)}: ${represent(value, budget)}`);
  return `{${entries.join(', ')}}`;
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** What Python does not count as printable, and what needs a backslash; a blank is printable. */
const ESCAPED = /[\\\p{C}\p{Z}]/gu;

function representText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(ESCAPED, (character) => {
    return character === ' ' ? character : (NAMED[character] ?? escapeCode(character));
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/** Python's shortest text of a float: with an exponent below 1e-4 and from 1e16. */
export function representFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value === 0 || (exponent >= -4 && exponent < 16)) return withPoint(plainDigits(value, mantissa, exponent));
  const sign = exponent < 0 ? '-' : '+';
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** JavaScript writes an exponent below 1e-6 only, so 1e-5 and 1e-6 are spelled out by themselves and cut here. */
function plainDigits(value: number, mantissa: string, exponent: number): string {
  if (exponent >= 0 || value === 0) return value.toString();
  const digits = mantissa.replace('-', '').replace('.', '');
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits}`;
}

function withPoint(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}
