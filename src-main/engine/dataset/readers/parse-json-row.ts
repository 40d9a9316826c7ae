import { parseJson } from './json-floats.ts';
import { fieldsOf, type RawItem, type ReadLimits } from './raw-rows.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const COLON = 0x3a;

/** Index of the closing quote of the string whose opening quote is at `start`; -1 if it does not end. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

interface JsonShape {
  readonly depth: number;
  /** A key that occurs twice in the outermost object; null if there is none. */
  readonly duplicateKey: string | null;
}

/**
 * What `JSON.parse` does not report: how deeply a text is nested, and whether a key of the outermost object is repeated
 * (the parser silently keeps the last). Skips over strings with indexOf, so the cost depends on structure, not text
 * length.
 */
function scanJson(text: string, maxDepth: number): JsonShape {
  const keys = new Set<string>();
  let duplicateKey: string | null = null;
  let depth = 0;
  let deepest = 0;
  let lastString = '';
  for (let index = 0; index < text.length && deepest <= maxDepth; index++) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) {
      const end = endOfString(text, index);
      if (end === -1) break;
      if (depth === 1 && end - index < 1024) lastString = text.slice(index, end + 1);
      index = end;
    } else if (OPEN.has(unit)) deepest = Math.max(deepest, ++depth);
    else if (CLOSE.has(unit)) depth--;
    else if (unit === COLON && depth === 1) {
      if (keys.has(lastString)) duplicateKey ??= lastString;
      keys.add(lastString);
    }
  }
  return { depth: deepest, duplicateKey };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes bytes to text; null if they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function fault(line: number, reason: string, why: string): RawItem {
  return { fault: { line, reason, why } };
}

/** A key for a message, as the text spells it; long ones are cut. */
function shownKey(key: string): string {
  return key.length > 62 ? `${key.slice(0, 61)}…"` : key;
}

/**
 * A JSON text's value, in which whole floats are boxed, or what is wrong with it; the reason never quotes the text.
 */
export function parseJsonText(
  text: string,
  limits: ReadLimits,
): { readonly value: unknown } | { readonly reason: string; readonly why: string } {
  const { depth, duplicateKey } = scanJson(text, limits.depth);
  if (depth > limits.depth) return { reason: 'too_deep', why: `is nested more than ${limits.depth} levels deep` };
  if (duplicateKey !== null)
    return { reason: 'duplicate_key', why: `contains the key ${shownKey(duplicateKey)} twice` };
  try {
    return { value: parseJson(text) };
  } catch (cause) {
    // V8 quotes the text around the error; messages must not contain data.
    const place = /at position \d+/.exec(cause instanceof Error ? cause.message : '')?.[0] ?? '';
    return { reason: 'bad_json', why: `is not valid JSON${place ? ` (${place})` : ''}` };
  }
}

/** Parses a JSON text as a row. `closed` is false if the file may have been truncated within it. */
export function parseJsonRow(bytes: Buffer, line: number, closed: boolean, limits: ReadLimits): RawItem {
  const text = decodeUtf8(bytes);
  if (text === null) return fault(line, 'bad_utf8', 'is not valid UTF-8');
  const parsed = parseJsonText(text, limits);
  if (!('value' in parsed)) {
    if (parsed.reason !== 'bad_json' || closed) return fault(line, parsed.reason, parsed.why);
    return fault(line, 'cut_off', 'is incomplete: the file ends within it');
  }
  const { value } = parsed;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { row: { line, fields: fieldsOf(value) } };
  const hint = Array.isArray(value) ? '; a file that is one list has the extension .json' : '';
  return fault(line, 'no_object', `is not a JSON object${hint}`);
}
