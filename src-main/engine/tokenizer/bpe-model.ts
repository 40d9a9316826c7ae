import { BYTE_TO_CHAR, toByteAlphabet } from './byte-alphabet.ts';
import { SymbolMerger } from './merge-symbols.ts';
import { PairTable } from './pair-table.ts';
import type { ModelJson } from './tokenizer-json.ts';

/** Turns one pre-token (a word) into token ids. */
export interface WordModel {
  encodeWord(word: string): readonly number[];
}

const MAX_CACHED_WORDS = 20_000;
const MAX_CACHED_LENGTH = 64;
const encoder = new TextEncoder();

/** The two halves of a merge rule; both spellings of `tokenizer.json` and the lines of merges.txt. */
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

/** Symbols of a word: its bytes for byte-level BPE, its characters (with byte fallback) otherwise. */
type ToSymbols = (word: string) => number[];

function byteSymbols(ids: ReadonlyMap<string, number>, unknownId: number | null): ToSymbols {
  const idOfByte = BYTE_TO_CHAR.map((char) => ids.get(char) ?? unknownId ?? -1);
  return (word) => {
    const symbols: number[] = [];
    for (const byte of encoder.encode(word)) {
      const id = idOfByte[byte] as number;
      if (id !== -1) symbols.push(id);
    }
    return symbols;
  };
}

function fallbackIds(ids: ReadonlyMap<string, number>, char: string): number[] | null {
  const bytes = [...encoder.encode(char)].map((byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  );
  return bytes.every((id) => id !== undefined) ? (bytes as number[]) : null;
}

function charSymbols(model: ModelJson, ids: ReadonlyMap<string, number>, unknownId: number | null): ToSymbols {
  return (word) => {
    const symbols: number[] = [];
    let afterUnknown = false;
    for (const char of word) {
      const id = ids.get(char);
      const found = id !== undefined ? [id] : model.byte_fallback ? fallbackIds(ids, char) : null;
      if (found) symbols.push(...found);
      else if (unknownId !== null && !(model.fuse_unk && afterUnknown)) symbols.push(unknownId);
      afterUnknown = found === null;
    }
    return symbols;
  };
}

/**
 * Byte-pair encoding over token ids. `byteLevel` says that words are raw text whose bytes are the symbols (GPT-2);
 * otherwise characters are (SentencePiece exports). Words are cached, as natural text repeats few of them.
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
    const unknownId = model.unk_token ? (this.ids.get(model.unk_token) ?? null) : null;
    this.byteLevel = byteLevel;
    this.wholeWords = model.ignore_merges === true;
    this.merger = new SymbolMerger(makeRules(model, this.ids));
    this.toSymbols = byteLevel ? byteSymbols(this.ids, unknownId) : charSymbols(model, this.ids, unknownId);
  }

  encodeWord(word: string): readonly number[] {
    const cached = this.cache.get(word);
    if (cached !== undefined) return cached;
    const encoded = this.wholeWord(word) ?? this.merger.merge(this.toSymbols(word));
    if (word.length <= MAX_CACHED_LENGTH) {
      // Dropping everything at once keeps the bound without bookkeeping per word.
      if (this.cache.size >= MAX_CACHED_WORDS) this.cache.clear();
      // A slice of a text keeps the whole text in memory: the key has to be a string of its own.
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
