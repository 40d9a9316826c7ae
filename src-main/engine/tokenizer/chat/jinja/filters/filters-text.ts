import type { Budget } from '../budget.ts';
import { integerArg, readArgs, textArg } from '../call-args.ts';
import { typeFault, UnsupportedByKeel, valueFault } from '../faults.ts';
import { lengthOfValue, truth } from '../operators.ts';
import { centered, replaceText, splitLines } from '../string-methods.ts';
import { WHITESPACE } from '../syntax/lexer.ts';
import { characters, lengthOf, strip } from '../values/code-points.ts';
import { capitalize } from '../values/letter-case.ts';
import { print } from '../values/print-value.ts';
import { indentOf, separatorsOf, toJson } from '../values/to-json.ts';
import { Dict, Markup, Tuple, typeName, Undefined, type Value } from '../values/values.ts';
import type { Filter } from './filter.ts';
import { formatPercent } from './percent-format.ts';

/** A filter without parameters; what is marked as safe stays so. */
function changing(name: string, change: (text: string) => string): [string, Filter] {
  const filter: Filter = (value, args, budget) => {
    readArgs(name, args, []);
    const text = budget.text(change(print(value, budget)));
    return value instanceof Markup ? new Markup(text) : text;
  };
  return [name, filter];
}

const WORD_START = new RegExp(`([-({[<${WHITESPACE}]+)`);

/** jinja2's title differs from Python's: words start after blanks, hyphens and opening brackets only. */
function titleOf(text: string): string {
  return text
    .split(WORD_START)
    .map((part) => {
      const [first = ''] = part;
      return first.toUpperCase() + part.slice(first.length).toLowerCase();
    })
    .join('');
}

const trim: Filter = (value, args, budget) => {
  const [chars = null] = readArgs('trim', args, ['chars']);
  if (chars !== null && typeof chars !== 'string') return typeFault('strip arg must be None or str');
  const text = strip(print(value, budget), chars, { start: true, end: true });
  return value instanceof Markup ? new Markup(text) : text;
};

const replace: Filter = (value, args, budget) => {
  const [old = null, fresh = null, limit] = readArgs('replace', args, ['old', 'new', 'count'], 2);
  const most = limit === null ? -1 : Number(integerArg(limit, -1n));
  const times = most < 0 ? Number.POSITIVE_INFINITY : most;
  return replaceText(print(value, budget), print(old, budget), print(fresh, budget), times, budget);
};

const indent: Filter = (value, args, budget) => {
  const [width = 4n, first = false, blank = false] = readArgs('indent', args, ['width', 'first', 'blank']);
  if (value instanceof Undefined) return value.fail();
  if (value instanceof Markup) throw new UnsupportedByKeel('indent of a text marked as safe');
  if (typeof value !== 'string') return typeFault(`unsupported operand for indent: '${typeName(value)}'`);
  const indentation = indentOf(width, budget) ?? typeFault('indent needs a width');
  const lines = splitLines(`${value}\n`);
  budget.size(value.length + lines.length * indentation.length);
  const rest = lines.slice(1).map((line) => (truth(blank) || line !== '' ? indentation + line : line));
  const text = [lines[0] ?? '', ...rest].join('\n');
  return truth(first) ? indentation + text : text;
};

const center: Filter = (value, args, budget) => {
  const [width] = readArgs('center', args, ['width']);
  const text = print(value, budget);
  const wanted = Number(integerArg(width, 80n));
  budget.size(Math.max(0, wanted));
  const [left, right] = centered(Math.max(0, wanted - lengthOf(text)), wanted);
  return ' '.repeat(left) + text + ' '.repeat(right);
};

const truncate: Filter = (value, args, budget) => {
  const parameters = ['length', 'killwords', 'end', 'leeway'];
  const [length, killWords = false, end = '...', leeway] = readArgs('truncate', args, parameters);
  const most = Number(integerArg(length, 255n));
  const spare = leeway === null ? 5 : Number(integerArg(leeway, 5n));
  const tail = textArg('truncate', end);
  if (most < lengthOf(tail) || spare < 0) return valueFault('truncate: length or leeway too small');
  if (lengthOfValue(value) <= most + spare) return value;
  if (typeof value !== 'string') return typeFault(`truncate needs a text, not ${typeName(value)}`);
  const all = characters(value);
  budget.size(all.length);
  const cut = all.slice(0, most - lengthOf(tail)).join('');
  const blank = cut.lastIndexOf(' ');
  return (truth(killWords) || blank < 0 ? cut : cut.slice(0, blank)) + tail;
};

const format: Filter = (value, args, budget) => {
  const { positional, named } = args;
  if (positional.length > 0 && named.size > 0)
    return typeFault("can't handle positional and keyword arguments at the same time");
  if (value instanceof Markup) throw new UnsupportedByKeel('format of a text marked as safe');
  const values = named.size > 0 ? new Dict(named.entries()) : new Tuple(positional);
  return budget.text(formatPercent(print(value, budget), values, budget));
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

function escapeHtml(value: Value, budget: Budget): Markup {
  const text = print(value, budget).replaceAll(/[&<>'"]/g, (character) => ENTITIES[character] ?? character);
  return new Markup(budget.text(text));
}

const escapeOnce: Filter = (value, args, budget) => {
  readArgs('escape', args, []);
  return value instanceof Markup ? value : escapeHtml(value, budget);
};

const forceEscape: Filter = (value, args, budget) => {
  readArgs('forceescape', args, []);
  return escapeHtml(value, budget);
};

/** transformers' own `tojson`, which escapes no HTML. */
const json: Filter = (value, args, budget) => {
  const parameters = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];
  const [ensureAscii = false, indentation = null, separators = null, sortKeys = false] = readArgs(
    'tojson',
    args,
    parameters,
  );
  const indent = indentOf(indentation, budget);
  const [itemSeparator, keySeparator] = separatorsOf(separators, indent);
  const options = { ensureAscii: truth(ensureAscii), indent, itemSeparator, keySeparator, sortKeys: truth(sortKeys) };
  return toJson(value, options, budget);
};

const string: Filter = (value, args, budget) => {
  readArgs('string', args, []);
  return value instanceof Markup ? value : print(value, budget);
};

export const TEXT_FILTERS: readonly (readonly [string, Filter])[] = [
  changing('upper', (text) => text.toUpperCase()),
  changing('lower', (text) => text.toLowerCase()),
  changing('capitalize', capitalize),
  changing('title', titleOf),
  ['trim', trim],
  ['replace', replace],
  ['indent', indent],
  ['center', center],
  ['truncate', truncate],
  ['format', format],
  ['escape', escapeOnce],
  ['e', escapeOnce],
  ['forceescape', forceEscape],
  ['safe', (value, _args, budget) => (value instanceof Markup ? value : new Markup(print(value, budget)))],
  ['string', string],
  ['tojson', json],
  ['wordcount', (value, _args, budget) => BigInt(print(value, budget).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)],
];
