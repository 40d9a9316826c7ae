import type { Budget } from '../budget.ts';
import { TemplateFault, typeFault, UnsupportedByKeel, valueFault } from '../faults.ts';
import { lengthOf } from '../values/code-points.ts';
import { toFixedDigits } from '../values/decimal.ts';
import { print, represent } from '../values/print-value.ts';
import { asInteger, Dict, isNumber, Range, Tuple, typeName, Undefined, type Value } from '../values/values.ts';

const DIRECTIVE = /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\*|\d*)(?:\.(?<digits>\d*))?[hlL]?(?<kind>.?)/gsu;

interface Directive {
  readonly flags: string;
  readonly width: number;
  /** Null: no precision was given. */
  readonly digits: number | null;
}

/** Python's `format % value`, with the conversions that templates use; refuses the others. */
export function formatPercent(format: string, value: Value, budget: Budget): string {
  const queue = value instanceof Tuple ? [...value.items] : [value];
  const text = format.replaceAll(DIRECTIVE, (all, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (all === '%%') return '%';
    const { key, kind = '' } = groups;
    if (groups.width === '*') throw new UnsupportedByKeel('a width of * in a % format');
    const item = key === undefined ? nextItem(queue) : entryOf(value, key);
    const { flags = '', width = '', digits } = groups;
    return convert(kind, item, { flags, width: limited(width), digits: limitedOrNull(digits) }, budget);
  });
  if (queue.length > 0 && !hasEntries(value)) typeFault('not all arguments converted during string formatting');
  return text;
}

/** Values with `[…]` need not be used up. */
function hasEntries(value: Value): boolean {
  return value instanceof Dict || Array.isArray(value) || value instanceof Range || value instanceof Undefined;
}

function limited(digits: string): number {
  const width = digits === '' ? 0 : Number(digits);
  return width > 10_000 ? valueFault('width too big') : width;
}

function limitedOrNull(digits: string | undefined): number | null {
  return digits === undefined ? null : limited(digits);
}

function nextItem(queue: Value[]): Value {
  const item = queue.shift();
  return item === undefined ? typeFault('not enough arguments for format string') : item;
}

function entryOf(value: Value, key: string): Value {
  if (!(value instanceof Dict)) return typeFault('format requires a mapping');
  const found = value.get(key);
  if (found === undefined) throw new TemplateFault('LookupError', `'${key}'`);
  return found;
}

function convert(kind: string, item: Value, directive: Directive, budget: Budget): string {
  switch (kind) {
    case 's':
    case 'r': {
      const text = kind === 's' ? print(item, budget) : represent(item, budget);
      const cut = directive.digits === null ? text : Array.from(text).slice(0, directive.digits).join('');
      return padded(cut, { ...directive, flags: directive.flags.replace('0', '') });
    }
    case 'd':
    case 'i':
    case 'u':
      return padded(withSign(integerDigits(item, directive), directive), directive);
    case 'f':
    case 'F':
      return padded(withSign(floatDigits(item, directive.digits ?? 6), directive), directive);
    case 'x':
    case 'X':
      return padded(withSign(hexDigits(item, kind), directive), directive);
    default:
      return kind === '' ? valueFault('incomplete format') : refuse(`the conversion %${kind}`);
  }
}

function refuse(what: string): never {
  throw new UnsupportedByKeel(what);
}

function integerDigits(item: Value, { digits }: Directive): string {
  const number = typeof item === 'number' && Number.isFinite(item) ? BigInt(Math.trunc(item)) : asInteger(item);
  if (number === null) return typeFault(`%d format: a real number is required, not ${typeName(item)}`);
  const text = (number < 0n ? -number : number).toString().padStart(digits ?? 0, '0');
  return number < 0n ? `-${text}` : text;
}

function floatDigits(item: Value, digits: number): string {
  if (!isNumber(item)) return typeFault(`must be real number, not ${typeName(item)}`);
  const number = Number(item);
  if (Number.isFinite(number)) return toFixedDigits(number, digits);
  return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
}

function hexDigits(item: Value, kind: string): string {
  const number = asInteger(item);
  if (number === null) return typeFault(`%${kind} format: an integer is required, not ${typeName(item)}`);
  const text = number.toString(16);
  return kind === 'X' ? text.toUpperCase() : text;
}

function withSign(digits: string, { flags }: Directive): string {
  if (flags.includes('#')) return refuse('the flag # in a % format');
  if (digits.startsWith('-')) return digits;
  return flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits;
}

function padded(text: string, { flags, width }: Directive): string {
  const missing = Math.max(0, width - lengthOf(text));
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || /[in]/.test(text)) return ' '.repeat(missing) + text;
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
