import { mix32 } from '../seeded-order.ts';
import type { Shingles } from './shingles.ts';

const HASHES = 64;
const BANDS = 16;
const ROWS_PER_BAND = HASHES / BANDS;
const MAX_HOLDERS = 64;

const MULTIPLIERS = Uint32Array.from({ length: HASHES }, (_, index) => mix32(index + 1) | 1);
const OFFSETS = Uint32Array.from({ length: HASHES }, (_, index) => mix32(index + 1001));

/** 64 minima of hashed shingles (MinHash, Broder 1997). */
function signatureOf(shingles: Shingles): Uint32Array {
  const signature = new Uint32Array(HASHES).fill(0xffffffff);
  for (const hash of shingles) {
    for (let index = 0; index < HASHES; index++) {
      const value = (Math.imul(hash, MULTIPLIERS[index] as number) + (OFFSETS[index] as number)) >>> 0;
      if (value < (signature[index] as number)) signature[index] = value;
    }
  }
  return signature;
}

/** One key per band of a signature: texts with 0.8 of their shingles in common share one with p > 0.999. */
function bandKeys(signature: Uint32Array): number[] {
  return Array.from({ length: BANDS }, (_, band) => {
    let key = band;
    for (let row = 0; row < ROWS_PER_BAND; row++) key = mix32(key ^ (signature[band * ROWS_PER_BAND + row] as number));
    return key;
  });
}

/** Numbers of the texts with one band key: usually a single one, which needs no list. */
type Holders = number | number[];

/** Finds earlier texts that are worth comparing with a text, without comparing it with all of them. */
export class CandidateIndex {
  private readonly bands = Array.from({ length: BANDS }, () => new Map<number, Holders>());

  /** Numbers of the texts that may be similar to one with these shingles, ascending. */
  find(shingles: Shingles): number[] {
    return shingles.length === 0 ? [] : this.findKeys(bandKeys(signatureOf(shingles)));
  }

  /** Adds a text by its shingles and returns the numbers of earlier texts that may be similar, ascending. */
  add(number: number, shingles: Shingles): number[] {
    if (shingles.length === 0) return [];
    const keys = bandKeys(signatureOf(shingles));
    const found = this.findKeys(keys);
    keys.forEach((key, band) => {
      remember(this.bands[band] as Map<number, Holders>, key, number);
    });
    return found;
  }

  private findKeys(keys: readonly number[]): number[] {
    const found = new Set(keys.flatMap((key, band) => this.bands[band]?.get(key) ?? []));
    return [...found].sort((a, b) => a - b);
  }
}

/** Keeps only the first numbers of a band that very many texts share, so that the search does not become quadratic. */
function remember(holders: Map<number, Holders>, key: number, number: number): void {
  const known = holders.get(key);
  if (known === undefined) holders.set(key, number);
  else if (typeof known === 'number') holders.set(key, [known, number]);
  else if (known.length < MAX_HOLDERS) known.push(number);
}
