import { KeelError } from '#contract/errors.ts';
import { ElementCutter } from './json-elements.ts';
import { openText } from './open-text.ts';
import { parseJsonRow } from './parse-json-row.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { readJsonl } from './read-jsonl.ts';

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const LINE_FEED = 0x0a;

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

/**
 * Rows of a .json file: the elements of its outermost array, one at a time. A file that starts with an object is read
 * as JSON Lines, since many datasets with this extension use that format.
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
      if (opening.byte === OPEN_BRACE) return yield* readJsonl(path, options);
      if (opening.byte !== OPEN_BRACKET) throw notAnArray(path);
      cutter = new ElementCutter(options.limits.rowBytes, line);
      rest = piece.subarray(opening.index + 1);
    }
    for (const element of cutter.push(rest)) yield itemOf(element, options);
  }
  const last = cutter?.rest();
  if (last) yield itemOf(last, options);
  else if (cutter && !cutter.ended)
    yield { fault: { line, reason: 'cut_off', why: 'is incomplete: the file ends before the closing "]"' } };
}

function itemOf(element: { line: number; bytes: Buffer | null; closed: boolean }, { limits }: ReadOptions): RawItem {
  if (element.bytes !== null) return parseJsonRow(element.bytes, element.line, element.closed, limits);
  return { fault: { line: element.line, reason: 'too_long', why: `is longer than ${limits.rowBytes} bytes` } };
}
