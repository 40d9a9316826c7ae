import { KeelError } from '#contract/errors.ts';
import { ElementCutter } from './json-elements.ts';
import { type ObjectRows, rowsOfObject, topObject } from './json-object.ts';
import { openText } from './open-text.ts';
import { decodeUtf8, parseJsonRow } from './parse-json-row.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { readJsonl } from './read-jsonl.ts';
import { readLines } from './read-lines.ts';

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const LINE_FEED = 0x0a;
/** A file that is a single object is held in memory as a whole. */
const MAX_OBJECT_BYTES = 128 * 2 ** 20;

interface Opening {
  readonly byte: number;
  readonly index: number;
  readonly line: number;
}

/** First byte of a piece that is not white space. */
function findOpening(piece: Buffer, line: number): Opening | { readonly line: number } {
  let current = line;
  for (let index = 0; index < piece.length; index++) {
    const byte = piece[index] as number;
    if (byte > 0x20) return { byte, index, line: current };
    if (byte === LINE_FEED) current++;
  }
  return { line: current };
}

function notAnArray(path: string): KeelError {
  return new KeelError({
    code: 'dataset.no_array',
    why: `${path} does not start with "[" or "{".`,
    fix: 'Write the dataset as a list of objects: [{…}, {…}].',
  });
}

function objectTooLarge(path: string): KeelError {
  return new KeelError({
    code: 'dataset.too_large',
    why: `${path} is a single JSON object of more than ${MAX_OBJECT_BYTES / 2 ** 20} MB.`,
    fix: 'Write the rows one per line (with pandas: to_json(…, orient="records", lines=True)).',
  });
}

const withoutProgress = ({ limits, signal }: ReadOptions): ReadOptions => ({ limits, ...(signal && { signal }) });

/** Whether a file that starts with an object has more after the line that contains it: JSON Lines with this extension. */
async function isJsonLines(path: string, options: ReadOptions): Promise<boolean> {
  let first: string | null = null;
  for await (const { bytes } of readLines(openText(path, withoutProgress(options)), options.limits.rowBytes)) {
    const text = bytes?.toString('latin1').trim();
    if (text === '') continue;
    if (first !== null) return true;
    if (text === undefined || topObject(text) === null) return false;
    first = text;
  }
  return false;
}

async function readObject(path: string, options: ReadOptions): Promise<ObjectRows | null> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of openText(path, options)) {
    length += piece.length;
    if (length > MAX_OBJECT_BYTES) throw objectTooLarge(path);
    pieces.push(piece);
  }
  const text = decodeUtf8(Buffer.concat(pieces));
  return text === null ? null : rowsOfObject(path, text, options.limits);
}

/**
 * The key of the list that holds the rows of a file such as `{"data": [{…}]}`; null for other files. Throws what
 * {@link readJson} throws.
 */
export async function rowListKey(path: string, options: ReadOptions): Promise<string | null> {
  for await (const piece of openText(path, withoutProgress(options))) {
    const opening = findOpening(piece, 1);
    if (!('byte' in opening)) continue;
    if (opening.byte !== OPEN_BRACE || (await isJsonLines(path, options))) return null;
    return (await readObject(path, withoutProgress(options)))?.key ?? null;
  }
  return null;
}

async function* readFromBrace(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  if (await isJsonLines(path, options)) return yield* readJsonl(path, options);
  const rows = await readObject(path, options);
  // Read as lines, the one that is not valid text is named.
  if (rows === null) yield* readJsonl(path, options);
  else yield* rows.items;
}

/**
 * Rows of a .json file: the elements of its outermost array, one at a time. A file that starts with an object is JSON
 * Lines if more than one line starts with one, since many datasets with this extension are, and otherwise what
 * {@link rowsOfObject} finds in it.
 */
export async function* readJson(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  let cutter: ElementCutter | null = null;
  let line = 1;
  for await (const piece of openText(path, options)) {
    let rest = piece;
    if (cutter === null) {
      const opening = findOpening(piece, line);
      line = opening.line;
      if (!('byte' in opening)) continue;
      if (opening.byte === OPEN_BRACE) return yield* readFromBrace(path, options);
      if (opening.byte !== OPEN_BRACKET) throw notAnArray(path);
      cutter = new ElementCutter(options.limits.rowBytes, line);
      rest = piece.subarray(opening.index + 1);
    }
    for (const element of cutter.push(rest)) yield itemOf(element, options);
  }
  if (cutter !== null) yield* endOf(cutter, line, options);
}

function* endOf(cutter: ElementCutter, line: number, options: ReadOptions): Generator<RawItem> {
  const last = cutter.rest();
  if (last) yield itemOf(last, options);
  else if (!cutter.ended)
    yield { fault: { line, reason: 'cut_off', why: 'is incomplete: the file ends before the closing "]"' } };
  if (cutter.textAfter === null || options.asFormerly) return;
  const why = 'follows the closing "]" of the list; nothing from here on was read';
  yield { fault: { line: cutter.textAfter, reason: 'text_after_list', why } };
}

function itemOf(element: { line: number; bytes: Buffer | null; closed: boolean }, { limits }: ReadOptions): RawItem {
  if (element.bytes !== null) return parseJsonRow(element.bytes, element.line, element.closed, limits);
  return { fault: { line: element.line, reason: 'too_long', why: `is longer than ${limits.rowBytes} bytes` } };
}
