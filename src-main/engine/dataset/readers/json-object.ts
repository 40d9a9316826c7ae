import { KeelError } from '#contract/errors.ts';
import { isObject } from '../row-trouble.ts';
import { ElementCutter } from './json-elements.ts';
import { endOfString, parseJsonRow, parseJsonText } from './parse-json-row.ts';
import { fieldsOf, type RawItem, type ReadLimits, shownName } from './raw-rows.ts';

/** A value of the outermost object of a JSON text, as a part of the text. */
interface TopValue {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

interface TopObject {
  readonly values: readonly TopValue[];
  /** Where the object ends. */
  readonly end: number;
}

/** The outermost object of a text that starts with one; null if it is not closed. Its values are not parsed. */
export function topObject(text: string): TopObject | null {
  const values: TopValue[] = [];
  let depth = 0;
  let key = '';
  let start = -1;
  for (let index = 0; index < text.length; index++) {
    const sign = text[index] as string;
    if (sign === '"') {
      const end = endOfString(text, index);
      if (end === -1) return null;
      if (depth === 1 && start === -1) key = text.slice(index + 1, end);
      index = end;
    } else if (sign === '{' || sign === '[') depth++;
    else if (sign === ':' && depth === 1) start = index + 1;
    else if (sign === '}' || sign === ']' || (sign === ',' && depth === 1)) {
      if (sign !== ',') depth--;
      if (start !== -1 && depth <= 1 && (sign === ',' || depth === 0)) {
        values.push({ key, start, end: index });
        start = -1;
      }
      if (depth === 0) return { values, end: index + 1 };
    }
  }
  return null;
}

function linesIn(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function* elementsOf(
  text: string,
  { start, end }: TopValue,
  firstLine: number,
  limits: ReadLimits,
): Generator<RawItem> {
  const open = text.indexOf('[', start);
  const cutter = new ElementCutter(limits.rowBytes, firstLine + linesIn(text, open));
  for (const { line, bytes, closed } of cutter.push(Buffer.from(text.slice(open + 1, end), 'utf8'))) {
    if (bytes !== null) yield parseJsonRow(bytes, line, closed, limits);
    else yield { fault: { line, reason: 'too_long', why: `is longer than ${limits.rowBytes} bytes` } };
  }
}

/** Whether a value is a list of objects that are not the turns of one conversation. */
function isListOfRows(text: string, value: TopValue, limits: ReadLimits): boolean {
  if (!/^\s*\[\s*\{/.test(text.slice(value.start, value.start + 1000))) return false;
  const { value: first } = elementsOf(text, value, 1, limits).next();
  return !(first && 'row' in first && (first.row.fields.has('role') || first.row.fields.has('from')));
}

type Columns = Readonly<Record<string, unknown>>;

const areNumbers = (keys: readonly string[]): boolean => keys.length > 0 && keys.every((key) => /^\d+$/.test(key));

/** Rows of an object of columns, in the forms that pandas' `to_json` and `Dataset.to_dict` write; null if it is none. */
function rowsOfColumns(object: Columns): readonly Columns[] | null {
  const keys = Object.keys(object);
  const values = Object.values(object);
  if (areNumbers(keys) && values.every(isObject)) return values;
  const { columns, data } = object;
  if (Array.isArray(columns) && Array.isArray(data) && data.every((row) => Array.isArray(row))) {
    return data.map((row) => Object.fromEntries(columns.map((name, at) => [String(name), row[at]])));
  }
  const lists = values.map((value) => {
    if (Array.isArray(value)) return value.some(isObject) ? null : value;
    return isObject(value) && areNumbers(Object.keys(value)) ? Object.values(value) : null;
  });
  const [first] = lists;
  if (!first || lists.some((list) => list?.length !== first.length)) return null;
  return first.map((_, row) => Object.fromEntries(keys.map((key, at) => [key, lists[at]?.[row]])));
}

function severalLists(path: string, lists: readonly TopValue[]): KeelError {
  const names = lists.map(({ key }) => shownName(key)).join(', ');
  return new KeelError({
    code: 'dataset.several_lists',
    why: `${path} is an object with several lists of rows: ${names}.`,
    fix: 'Write each list to a file of its own, and name the files that you want to use.',
  });
}

/** Which list of a JSON object holds the rows: the only list of objects in it. Null if there is none. */
function rowList(path: string, text: string, object: TopObject, limits: ReadLimits): TopValue | null {
  const lists = object.values.filter((value) => isListOfRows(text, value, limits));
  if (lists.length > 1) throw severalLists(path, lists);
  return lists[0] ?? null;
}

function brokenObject(path: string, line: number, why: string): KeelError {
  return new KeelError({
    code: 'dataset.broken_json',
    why: `${path}: the JSON object that starts in line ${line} ${why}.`,
    fix: 'Write the rows as a list of objects, [{…}, {…}], or one object per line.',
  });
}

/** Rows of a JSON object, and the key of the list that holds them; null for columns and for a single row. */
export interface ObjectRows {
  readonly key: string | null;
  readonly items: Iterable<RawItem>;
}

/**
 * Rows of a text that is a single JSON object: the elements of its only list of objects (`{"data": [{…}]}`), an object
 * of columns, or one row. Throws `dataset.several_lists` and `dataset.broken_json`.
 */
export function rowsOfObject(path: string, whole: string, limits: ReadLimits): ObjectRows {
  const text = whole.trimStart();
  const line = 1 + linesIn(whole, whole.length - text.length);
  const object = topObject(text);
  if (object === null) throw brokenObject(path, line, 'is not closed before the end of the file');
  if (text.slice(object.end).trim() !== '') throw brokenObject(path, line, 'is followed by more text');
  const list = rowList(path, text, object, limits);
  if (list !== null) return { key: list.key, items: elementsOf(text, list, line, limits) };
  const parsed = parseJsonText(text, limits);
  if (!('value' in parsed)) throw brokenObject(path, line, parsed.why);
  const rows = rowsOfColumns(parsed.value as Columns);
  if (rows === null) return { key: null, items: [{ row: { line, fields: fieldsOf(parsed.value as Columns) } }] };
  return { key: null, items: rows.map((row, index) => ({ row: { line: index + 1, fields: fieldsOf(row) } })) };
}
