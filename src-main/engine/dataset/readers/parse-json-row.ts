import { fieldsOf, type RawItem, type ReadLimits } from './raw-rows.ts';
import { scanJson } from './scan-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes, null when they are no UTF-8. */
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

/** A JSON text as a row. `closed` is false when the file may have been cut off within it. */
export function parseJsonRow(bytes: Buffer, line: number, closed: boolean, limits: ReadLimits): RawItem {
  const text = decodeUtf8(bytes);
  if (text === null) return fault(line, 'bad_utf8', 'holds bytes that are no UTF-8');
  const shape = scanJson(text, limits.depth);
  if (shape.depth > limits.depth) return fault(line, 'too_deep', `is nested more than ${limits.depth} levels deep`);
  if (shape.duplicateKey !== null) return fault(line, 'duplicate_key', `holds the key ${shape.duplicateKey} twice`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { row: { line, fields: fieldsOf(value) } };
    return fault(line, 'no_object', 'is not a JSON object');
  } catch (cause) {
    if (!closed) return fault(line, 'cut_off', 'is cut off: the file ends within it');
    // V8 quotes the text around the fault; data stays out of messages.
    const place = /at position \d+/.exec(cause instanceof Error ? cause.message : '')?.[0] ?? '';
    return fault(line, 'bad_json', `is no valid JSON${place ? ` (${place})` : ''}`);
  }
}
