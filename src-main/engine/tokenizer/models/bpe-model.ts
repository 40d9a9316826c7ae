import { BYTE_TO_CHAR, toByteAlphabet } from '../bpe/byte-alphabet.ts';
import type { ModelJson } from '../files/tokenizer-json.ts';
import { hexOfByte } from './byte-tokens.ts';
import { NumberHeap } from './number-heap.ts';
import { PairTable } from './pair-table.ts';
import type { WordModel } from './word-model.ts';

/**
 * Positions are in the low part of a heap entry, ranks in the high part: the lowest rank first, then the leftmost pair.
 */
const POSITION_SPAN = 2 ** 28;

/**
 * Byte-pair merging of one word (Sennrich et al. 2016): the rule of lowest rank first, leftmost pair first. O(n log n),
 * so that a word of a million symbols takes a second instead of an hour.
 */
class SymbolMerger {
  private readonly rules: PairTable;
  private readonly heap = new NumberHeap();

  constructor(rules: PairTable) {
    this.rules = rules;
  }

  /** Token ids of a word given as symbol ids. */
  merge(symbols: readonly number[]): number[] {
    if (symbols.length < 2) return [...symbols];
    const ids = Int32Array.from(symbols);
    const next = ids.map((_, index) => (index + 1 < ids.length ? index + 1 : -1));
    const previous = ids.map((_, index) => index - 1);
    this.heap.clear();
    for (let index = 0; index + 1 < ids.length; index++) this.offer(index, ids, next);
    while (this.heap.size > 0) this.apply(this.heap.pop(), ids, next, previous);
    const merged: number[] = [];
    for (let index = 0; index !== -1; index = next[index] as number) merged.push(ids[index] as number);
    return merged;
  }

  private offer(index: number, ids: Int32Array, next: Int32Array): void {
    const right = next[index] as number;
    if (right === -1) return;
    const slot = this.rules.slotOf(ids[index] as number, ids[right] as number);
    if (slot !== -1) this.heap.push(this.rules.rankAt(slot) * POSITION_SPAN + index);
  }

  private apply(entry: number, ids: Int32Array, next: Int32Array, previous: Int32Array): void {
    const index = entry % POSITION_SPAN;
    const right = next[index] as number;
    if (ids[index] === -1 || right === -1) return;
    const slot = this.rules.slotOf(ids[index] as number, ids[right] as number);
    // An entry is stale if one of its two symbols has been merged in the meantime.
    if (slot === -1 || this.rules.rankAt(slot) !== Math.floor(entry / POSITION_SPAN)) return;
    ids[index] = this.rules.mergedAt(slot);
    ids[right] = -1;
    const after = next[right] as number;
    next[index] = after;
    if (after !== -1) previous[after] = index;
    this.offer(index, ids, next);
    if (previous[index] !== -1) this.offer(previous[index] as number, ids, next);
  }
}

const MAX_CACHED_WORDS = 20_000;
const MAX_CACHED_LENGTH = 64;
const encoder = new TextEncoder();

/** The two halves of a merge rule; supports both forms in `tokenizer.json` and the lines of merges.txt. */
export function mergeParts(rule: string | readonly string[]): readonly [string, string] {
  const [left, right] = typeof rule === 'string' ? rule.split(' ') : rule;
  return [left ?? '', right ?? ''];
}

function makeRules(model: ModelJson, ids: ReadonlyMap<string, number>): PairTable {
  const merges = model.merges ?? [];
  const rules = new PairTable(merges.length);
  merges.forEach((rule, rank) => {
    const [left, right] = mergeParts(rule);
    rules.set(ids.get(left) as number, ids.get(right) as number, rank, ids.get(left + right) as number);
  });
  return rules;
}

/** Symbols of a word, as ids. */
type ToSymbols = (word: string) => number[];

/** Whether each of the 256 bytes has its own token, so that no text has an unknown symbol. */
export function hasEveryByte(ids: { has(token: string): boolean }): boolean {
  return BYTE_TO_CHAR.every((char) => ids.has(char));
}

function byteSymbols(ids: ReadonlyMap<string, number>): ToSymbols {
  const idOfByte = BYTE_TO_CHAR.map((char) => ids.get(char) as number);
  return (word) => Array.from(encoder.encode(word), (byte) => idOfByte[byte] as number);
}

/**
 * Characters as symbols, or their bytes (`<0xE3>`) if the model falls back to them. Unknown characters are emitted
 * late, when the next known one or the end is reached, as in the Rust library: bytes may precede them.
 */
function charSymbols(model: ModelJson, ids: ReadonlyMap<string, number>): ToSymbols {
  const unknownId = typeof model.unk_token === 'string' ? ids.get(model.unk_token) : undefined;
  const bytesOf = (char: string) => Array.from(encoder.encode(char), (byte) => ids.get(hexOfByte(byte)));
  return (word) => {
    const symbols: number[] = [];
    let pending = false;
    for (const char of word) {
      const id = ids.get(char);
      const bytes = id === undefined && model.byte_fallback ? bytesOf(char) : [undefined];
      if (id !== undefined) {
        if (pending) symbols.push(unknownId as number);
        pending = false;
        symbols.push(id);
      } else if (bytes.every((byte) => byte !== undefined)) symbols.push(...bytes);
      else if (unknownId !== undefined) {
        if (pending && !model.fuse_unk) symbols.push(unknownId);
        pending = true;
      }
    }
    if (pending) symbols.push(unknownId as number);
    return symbols;
  };
}

/**
 * Byte-pair encoding over token ids. With `byteLevel`, words are raw text whose bytes are the symbols (GPT-2);
 * otherwise characters are (SentencePiece exports). Words are cached, since natural text repeats a small number of
 * them.
 */
export class BpeModel implements WordModel {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly merger: SymbolMerger;
  private readonly toSymbols: ToSymbols;
  private readonly byteLevel: boolean;
  private readonly wholeWords: boolean;
  private readonly cache = new Map<string, readonly number[]>();

  constructor(model: ModelJson, byteLevel: boolean) {
    this.ids = new Map(Object.entries(model.vocab));
    this.byteLevel = byteLevel;
    this.wholeWords = model.ignore_merges === true;
    this.merger = new SymbolMerger(makeRules(model, this.ids));
    const ofChars = charSymbols(model, this.ids);
    if (!byteLevel) this.toSymbols = ofChars;
    else if (hasEveryByte(this.ids)) this.toSymbols = byteSymbols(this.ids);
    else this.toSymbols = (word) => ofChars(toByteAlphabet(encoder.encode(word)));
  }

  encodeWord(word: string): readonly number[] {
    const cached = this.cache.get(word);
    if (cached !== undefined) return cached;
    const encoded = this.wholeWord(word) ?? this.merger.merge(this.toSymbols(word));
    if (word.length <= MAX_CACHED_LENGTH) {
      // Clearing everything at once keeps the limit without bookkeeping per word.
      if (this.cache.size >= MAX_CACHED_WORDS) this.cache.clear();
      // A slice of a text keeps the whole text in memory, so the key must be a separate string.
      this.cache.set(Buffer.from(word).toString(), encoded);
    }
    return encoded;
  }

  private wholeWord(word: string): number[] | null {
    if (!this.wholeWords) return null;
    const id = this.ids.get(this.byteLevel ? toByteAlphabet(encoder.encode(word)) : word);
    return id === undefined ? null : [id];
  }
}
