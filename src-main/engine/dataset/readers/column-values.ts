import { decodeUtf8 } from './parse-json-row.ts';

/** Stands for a text whose bytes are not valid UTF-8. */
const NO_TEXT = Symbol('not valid UTF-8');

class BadText extends Error {}

/** Text of a string column; bytes that are no text surface in {@link plainFields}. */
export function textOfBytes(bytes: Uint8Array | undefined): unknown {
  return bytes && (decodeUtf8(bytes) ?? NO_TEXT);
}

/** A time without its zone, as Python's isoformat() writes it: `2024-01-02T03:04:05.678000`. */
export function isoTime(ticks: bigint, perSecond: 1000n | 1_000_000n | 1_000_000_000n): string {
  const part = ((ticks % perSecond) + perSecond) % perSecond;
  const seconds = Number((ticks - part) / perSecond);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(ticks);
  const digits = perSecond === 1_000_000_000n ? 9 : 6;
  const fraction = String(part * (10n ** BigInt(digits) / perSecond)).padStart(digits, '0');
  return date.toISOString().slice(0, -5) + (part === 0n ? '' : `.${fraction}`);
}

/** A day as Python's isoformat() writes it: `2024-02-29`. */
export function isoDay(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().slice(0, -14);
}

/**
 * A value of a column as rows hold it: null for missing ones; whole numbers as numbers, or as text where a number would
 * lose digits; bytes as text if they are valid UTF-8.
 */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value === NO_TEXT) throw new BadText();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return decodeUtf8(value) ?? value;
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** Fields of a row of a columnar file; null if one of its texts is not valid UTF-8. */
export function plainFields(row: object): ReadonlyMap<string, unknown> | null {
  try {
    return new Map(Object.entries(row).map(([name, value]) => [name, plain(value)]));
  } catch (trouble) {
    if (!(trouble instanceof BadText)) throw trouble;
    return null;
  }
}
