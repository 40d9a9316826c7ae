import { WHITESPACE } from '../syntax/lexer.ts';

/** Python counts characters, JavaScript halves of surrogate pairs. */
const SURROGATE = /[\ud800-\udbff]/;
const SPACE = new RegExp(`[${WHITESPACE}]`);
const SPACE_AT_START = new RegExp(`^[${WHITESPACE}]+`);

export function characters(text: string): string[] {
  return SURROGATE.test(text) ? Array.from(text) : text.split('');
}

export function lengthOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** Python's order of texts, by code point. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const left = one.charCodeAt(index);
    const right = other.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return one.length - other.length;
}

/** A half of a surrogate pair stands for a code point above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Python's `strip`, `lstrip` and `rstrip`: null strips whitespace, a text strips each of its characters. */
export function strip(text: string, of: string | null, sides: { start: boolean; end: boolean }): string {
  if (of === null) return stripSpaces(text, sides);
  const all = characters(text);
  const set = new Set(characters(of));
  let start = 0;
  let end = all.length;
  while (sides.start && start < end && set.has(all[start] ?? '')) start += 1;
  while (sides.end && end > start && set.has(all[end - 1] ?? '')) end -= 1;
  return start === 0 && end === all.length ? text : all.slice(start, end).join('');
}

function stripSpaces(text: string, sides: { start: boolean; end: boolean }): string {
  const rest = sides.start ? text.replace(SPACE_AT_START, '') : text;
  let end = rest.length;
  while (sides.end && end > 0 && isSpace(rest[end - 1] ?? '')) end -= 1;
  return rest.slice(0, end);
}

/** Start, end and step of a slice of `length` items, as Python's `slice.indices`. */
export function sliceIndices(
  length: number,
  bounds: readonly (bigint | null)[],
): { start: number; stop: number; step: number } {
  const [from = null, to = null, by = null] = bounds;
  const step = Number(by ?? 1n);
  const [low, high] = step < 0 ? [-1, length - 1] : [0, length];
  const clamp = (bound: bigint | null, fallback: number) => {
    if (bound === null) return fallback;
    const index = Number(bound) < 0 ? Number(bound) + length : Number(bound);
    return Math.min(Math.max(index, low), high);
  };
  return { start: clamp(from, step < 0 ? high : low), stop: clamp(to, step < 0 ? low : high), step };
}

export function sliced<T>(items: readonly T[], bounds: readonly (bigint | null)[]): T[] {
  const { start, stop, step } = sliceIndices(items.length, bounds);
  const taken: T[] = [];
  for (let index = start; step < 0 ? index > stop : index < stop; index += step) {
    const item = items[index];
    if (item !== undefined) taken.push(item);
  }
  return taken;
}
