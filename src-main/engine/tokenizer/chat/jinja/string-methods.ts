import type { Budget } from './budget.ts';
import { boundArg, integerArg, readArgs, textArg } from './call-args.ts';
import { TemplateFault, typeFault, UnsupportedByKeel, valueFault } from './faults.ts';
import { formatBraces } from './filters/brace-format.ts';
import { truth } from './operators.ts';
import { STRING_TESTS } from './string-tests.ts';
import { characters, isSpace, lengthOf, sliced, sliceIndices, strip } from './values/code-points.ts';
import { listOf } from './values/iterate.ts';
import { capitalize, titleWords } from './values/letter-case.ts';
import { type Args, Dict, Tuple, typeName, type Value } from './values/values.ts';

type Method = (text: string, args: Args, budget: Budget) => Value;

const NO_PARAMETERS: readonly string[] = [];

function plain(name: string, result: (text: string) => Value): Method {
  return (text, args) => {
    readArgs(name, args, NO_PARAMETERS);
    return result(text);
  };
}

function stripping(name: string, sides: { start: boolean; end: boolean }): Method {
  return (text, args) => {
    const [of = null] = readArgs(name, args, ['/chars']);
    if (of !== null && typeof of !== 'string') typeFault(`${name} arg must be None or str`);
    return strip(text, of as string | null, sides);
  };
}

/** The separator and the limit of `split` and `rsplit`; null: whitespace. */
function splitArgs(name: string, args: Args): { separator: string | null; limit: number } {
  const [separator = null, limit] = readArgs(name, args, ['sep', 'maxsplit']);
  if (separator !== null && typeof separator !== 'string')
    return typeFault(`must be str or None, not ${typeName(separator)}`);
  if (separator === '') return valueFault('empty separator');
  const most = Number(integerArg(limit, -1n));
  return { separator, limit: most < 0 ? Number.POSITIVE_INFINITY : most };
}

const split: Method = (text, args, budget) => {
  const { separator, limit } = splitArgs('split', args);
  budget.size(text.length);
  if (separator === null) return splitSpaces(text, limit);
  const parts = text.split(separator);
  return parts.length <= limit + 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
};

/** From the left; the rest keeps its whitespace at the end. */
function splitSpaces(text: string, limit: number): string[] {
  const parts: string[] = [];
  let position = 0;
  while (true) {
    while (position < text.length && isSpace(text[position] ?? '')) position += 1;
    if (position >= text.length) return parts;
    if (parts.length >= limit) return [...parts, text.slice(position)];
    const start = position;
    while (position < text.length && !isSpace(text[position] ?? '')) position += 1;
    parts.push(text.slice(start, position));
  }
}

const splitFromRight: Method = (text, args, budget) => {
  const { separator, limit } = splitArgs('rsplit', args);
  budget.size(text.length);
  if (separator === null) {
    const reversed = splitSpaces(text.split('').reverse().join(''), limit);
    return reversed.map((part) => part.split('').reverse().join('')).reverse();
  }
  const parts: string[] = [];
  let end = text.length;
  while (parts.length < limit) {
    const at = end < separator.length ? -1 : text.lastIndexOf(separator, end - separator.length);
    if (at < 0) break;
    parts.push(text.slice(at + separator.length, end));
    end = at;
  }
  return [...parts, text.slice(0, end)].reverse();
};

/** Characters that end a line; `\r\n` is one end. */
const LINE_ENDS: ReadonlySet<string> = new Set('\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029');

/** Python's `splitlines`, which knows more line ends than `\n`. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (!LINE_ENDS.has(text[at]!)) continue;
    const end = at + (text.startsWith('\r\n', at) ? 2 : 1);
    lines.push(text.slice(start, keepEnds ? end : at));
    start = end;
    at = end - 1;
  }
  return start < text.length ? [...lines, text.slice(start)] : lines;
}

/** The part of a text between the optional bounds of `find`, `count` and `startswith`, and where it starts. */
function bounded(text: string, from: Value | undefined, to: Value | undefined) {
  if (from === undefined && to === undefined) return { part: text, start: 0, isReachable: true };
  const all = characters(text);
  const bounds = [boundArg(from), boundArg(to)];
  const { start, stop } = sliceIndices(all.length, bounds);
  const isReachable = (bounds[0] ?? 0n) <= BigInt(all.length) && start <= stop;
  return { part: sliced(all, bounds).join(''), start, isReachable };
}

function finding(name: string, search: 'indexOf' | 'lastIndexOf', isStrict: boolean): Method {
  return (text, args, budget) => {
    const [sub, from, to] = readArgs(name, args, ['/sub', '/start', '/end'], 1);
    const { part, start, isReachable } = bounded(text, from, to);
    budget.size(text.length);
    const index = isReachable ? part[search](textArg(name, sub)) : -1;
    if (index < 0) return isStrict ? valueFault('substring not found') : -1n;
    return BigInt(start + lengthOf(part.slice(0, index)));
  };
}

const count: Method = (text, args, budget) => {
  const [sub, from, to] = readArgs('count', args, ['/sub', '/start', '/end'], 1);
  const { part, isReachable } = bounded(text, from, to);
  const sought = textArg('count', sub);
  budget.size(text.length);
  if (!isReachable) return 0n;
  return BigInt(sought === '' ? lengthOf(part) + 1 : part.split(sought).length - 1);
};

function affix(name: 'startswith' | 'endswith', test: 'startsWith' | 'endsWith'): Method {
  return (text, args) => {
    const [sought = null, from, to] = readArgs(name, args, ['/prefix', '/start', '/end'], 1);
    const { part, isReachable } = bounded(text, from, to);
    const options = sought instanceof Tuple ? sought.items : [sought];
    return options.some((option) => {
      if (typeof option !== 'string')
        return typeFault(`${name} first arg must be str or a tuple of str, not ${typeName(option)}`);
      return isReachable && part[test](option);
    });
  };
}

/** Python's `str.replace`. */
export function replaceText(text: string, old: string, fresh: string, limit: number, budget: Budget): string {
  budget.characters(old.length < 2 ? text.length : text.length / 5);
  const parts = old === '' ? ['', ...characters(text), ''] : text.split(old);
  const times = Math.min(parts.length - 1, limit);
  budget.size(text.length + times * fresh.length);
  if (times === parts.length - 1) return parts.join(fresh);
  return parts.slice(0, times).concat(parts.slice(times).join(old)).join(fresh);
}

const replace: Method = (text, args, budget) => {
  const [old, fresh, limit] = readArgs('replace', args, ['/old', '/new', 'count'], 2);
  const most = Number(integerArg(limit, -1n));
  const times = most < 0 ? Number.POSITIVE_INFINITY : most;
  return replaceText(text, textArg('replace', old), textArg('replace', fresh), times, budget);
};

const join: Method = (text, args, budget) => {
  const [items = null] = readArgs('join', args, ['/iterable'], 1);
  const parts = listOf(items, budget).map((item, index) => {
    return typeof item === 'string'
      ? item
      : typeFault(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
  });
  budget.size(parts.reduce((total, part) => total + part.length + text.length, 0));
  return parts.join(text);
};

function justified(name: string, place: (missing: number, width: number) => readonly [number, number]): Method {
  return (text, args, budget) => {
    const [width, fill = ' '] = readArgs(name, args, ['/width', '/fillchar'], 1);
    if (typeof fill !== 'string' || lengthOf(fill) !== 1)
      return typeFault('the fill character must be exactly one character long');
    const wanted = Number(integerArg(width, 0n));
    budget.size(Math.max(0, wanted));
    const missing = Math.max(0, wanted - lengthOf(text));
    const [left, right] = place(missing, wanted);
    return fill.repeat(left) + text + fill.repeat(right);
  };
}

/** CPython's `str.center`: the odd blank goes to the left when the width is odd. */
export function centered(missing: number, width: number): readonly [number, number] {
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return [left, missing - left];
}

const zeroFill: Method = (text, args, budget) => {
  const [width] = readArgs('zfill', args, ['/width'], 1);
  const wanted = Number(integerArg(width, 0n));
  budget.size(Math.max(0, wanted));
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(Math.max(0, wanted - lengthOf(text))) + text.slice(sign.length);
};

function partition(name: string, search: 'indexOf' | 'lastIndexOf'): Method {
  return (text, args) => {
    const [sub] = readArgs(name, args, ['/sep'], 1);
    const separator = textArg(name, sub);
    if (separator === '') return valueFault('empty separator');
    const at = text[search](separator);
    if (at < 0) return new Tuple(search === 'indexOf' ? [text, '', ''] : ['', '', text]);
    return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
  };
}

function removing(name: string, isPrefix: boolean): Method {
  return (text, args) => {
    const [sub] = readArgs(name, args, ['/affix'], 1);
    const affixed = textArg(name, sub);
    if (isPrefix) return text.startsWith(affixed) ? text.slice(affixed.length) : text;
    return affixed !== '' && text.endsWith(affixed) ? text.slice(0, -affixed.length) : text;
  };
}

const expandTabs: Method = (text, args, budget) => {
  const [width] = readArgs('expandtabs', args, ['tabsize']);
  const tab = Number(integerArg(width, 8n));
  let column = 0;
  let expanded = '';
  for (const character of text) {
    const blanks = character === '\t' ? (tab > 0 ? tab - (column % tab) : 0) : 0;
    budget.size(expanded.length + blanks);
    expanded += character === '\t' ? ' '.repeat(blanks) : character;
    column = character === '\n' || character === '\r' ? 0 : column + (character === '\t' ? blanks : 1);
  }
  return expanded;
};

const casing = (name: string, change: (text: string) => string): Method => {
  return plain(name, (text) => {
    if (!/^\p{ASCII}*$/u.test(text)) throw new UnsupportedByKeel(`${name}() of text outside ASCII`);
    return change(text);
  });
};

function swapCase(text: string): string {
  return text.replaceAll(/[a-z]+|[A-Z]+/g, (part) => (/[a-z]/.test(part) ? part.toUpperCase() : part.toLowerCase()));
}

const BOTH = { start: true, end: true };

/** Python's methods of `str`. */
export const STRING_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...Array.from(STRING_TESTS, ([name, test]): [string, Method] => [name, plain(name, test)]),
  ['capitalize', plain('capitalize', capitalize)],
  ['casefold', casing('casefold', (text) => text.toLowerCase())],
  ['center', justified('center', centered)],
  ['count', count],
  ['endswith', affix('endswith', 'endsWith')],
  ['expandtabs', expandTabs],
  ['find', finding('find', 'indexOf', false)],
  ['format', formatBraces],
  ['format_map', (text, args, budget) => formatBraces(text, mappingArgs(args), budget)],
  ['index', finding('index', 'indexOf', true)],
  ['join', join],
  ['ljust', justified('ljust', (missing) => [0, missing])],
  ['lower', plain('lower', (text) => text.toLowerCase())],
  ['lstrip', stripping('lstrip', { start: true, end: false })],
  ['partition', partition('partition', 'indexOf')],
  ['removeprefix', removing('removeprefix', true)],
  ['removesuffix', removing('removesuffix', false)],
  ['replace', replace],
  ['rfind', finding('rfind', 'lastIndexOf', false)],
  ['rindex', finding('rindex', 'lastIndexOf', true)],
  ['rjust', justified('rjust', (missing) => [missing, 0])],
  ['rpartition', partition('rpartition', 'lastIndexOf')],
  ['rsplit', splitFromRight],
  ['rstrip', stripping('rstrip', { start: false, end: true })],
  ['split', split],
  ['splitlines', (text, args) => splitLines(text, truth(readArgs('splitlines', args, ['keepends'])[0] ?? false))],
  ['startswith', affix('startswith', 'startsWith')],
  ['strip', stripping('strip', BOTH)],
  ['swapcase', casing('swapcase', swapCase)],
  ['title', plain('title', titleWords)],
  ['upper', plain('upper', (text) => text.toUpperCase())],
  ['zfill', zeroFill],
]);

function mappingArgs(args: Args): Args {
  const [mapping = null] = readArgs('format_map', args, ['/mapping'], 1);
  if (!(mapping instanceof Dict)) throw new TemplateFault('TypeError', 'format_map() argument must be a mapping');
  const named = Array.from(mapping.items(), ([key, value]): [string, Value] => [textArg('format_map', key), value]);
  return { positional: [], named: new Map(named) };
}
