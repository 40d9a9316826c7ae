import type { Budget } from '../budget.ts';
import { typeFault, valueFault } from '../faults.ts';
import { order } from '../operators.ts';
import { lengthOf } from './code-points.ts';
import { representFloat } from './print-value.ts';
import { Dict, Markup, Tuple, typeName, type Value } from './values.ts';

export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** What one level is indented by; null: everything on one line. */
  readonly indent: string | null;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
}

/** Python's `json.dumps`. Throws its TypeError for values that JSON does not have, an undefined one included. */
export function toJson(value: Value, options: JsonOptions, budget: Budget): string {
  return write(value, options, '\n', budget);
}

function write(value: Value, options: JsonOptions, lineBreak: string, budget: Budget): string {
  budget.charge(1);
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return jsonFloat(value);
  if (typeof value === 'string') return budget.text(jsonText(value, options));
  if (value instanceof Markup) return jsonText(value.text, options);
  const inner = lineBreak + (options.indent ?? '');
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = value instanceof Tuple ? value.items : value;
    const written = items.map((item) => write(item, options, inner, budget));
    return budget.text(enclosed('[', written, ']', options, lineBreak));
  }
  if (!(value instanceof Dict)) return typeFault(`Object of type ${typeName(value)} is not JSON serializable`);
  const written = entriesOf(value, options, budget).map(([key, item]) => {
    return `${jsonText(keyText(key), options)}${options.keySeparator}${write(item, options, inner, budget)}`;
  });
  return budget.text(enclosed('{', written, '}', options, lineBreak));
}

function enclosed(open: string, items: readonly string[], close: string, options: JsonOptions, lineBreak: string) {
  if (items.length === 0 || options.indent === null) return open + items.join(options.itemSeparator) + close;
  const inner = lineBreak + options.indent;
  return `${open}${inner}${items.join(options.itemSeparator + inner)}${lineBreak}${close}`;
}

function entriesOf(dict: Dict, options: JsonOptions, budget: Budget): (readonly [Value, Value])[] {
  const entries = [...dict.items()];
  return options.sortKeys ? entries.sort(([one], [other]) => order(one, other, '<', budget)) : entries;
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'boolean' || typeof key === 'bigint') return key.toString();
  if (typeof key === 'number') return jsonFloat(key);
  if (key instanceof Markup) return key.text;
  return typeFault(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return representFloat(value);
}

const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};
/** Quotes, backslashes, and everything below the space. */
const ALWAYS = /["\\]|[^ -\uffff]/g;
const OUTSIDE_ASCII = /["\\]|[^ -~]/g;

function jsonText(text: string, options: JsonOptions): string {
  const escaped = text.replaceAll(options.ensureAscii ? OUTSIDE_ASCII : ALWAYS, (unit) => {
    return NAMED[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** The indentation of `indent=2` and of `indent="\t"`. */
export function indentOf(value: Value, budget: Budget): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  const width = typeof value === 'boolean' ? BigInt(value) : value;
  if (typeof width !== 'bigint') return typeFault(`indent must be an integer or a string, not ${typeName(value)}`);
  budget.size(Math.max(0, Number(width)));
  return ' '.repeat(Math.max(0, Number(width)));
}

export function separatorsOf(value: Value, indent: string | null): readonly [string, string] {
  if (value === null) return [indent === null ? ', ' : ',', ': '];
  const pair = value instanceof Tuple ? value.items : Array.isArray(value) ? value : [];
  const [item, key] = pair;
  if (pair.length !== 2) return valueFault(`separators must be two texts, not ${pair.length}`);
  if (typeof item !== 'string' || typeof key !== 'string') return typeFault('separators must be texts');
  return lengthOf(item) + lengthOf(key) > 1000 ? valueFault('separators are too long') : [item, key];
}
