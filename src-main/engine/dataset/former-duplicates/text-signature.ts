import { hashText, mix32 } from '../seeded-order.ts';
import { wordsOf } from './former-parts.ts';

/** Number of values in a signature. */
export const HASHES = 64;
export const BANDS = 16;
const ROWS_PER_BAND = HASHES / BANDS;
const SHINGLE_WORDS = 3;

const MULTIPLIERS = Uint32Array.from({ length: HASHES }, (_, index) => mix32(index + 1) | 1);
const OFFSETS = Uint32Array.from({ length: HASHES }, (_, index) => mix32(index + 1001));

/** MinHash signature (Broder 1997) of a text's three-word runs; texts with the same words have the same signature. */
export type Signature = Uint32Array;

/** Signature of a text: 64 minima of hashed shingles. */
export function signatureOf(text: string): Signature {
  const words = wordsOf(text);
  const signature = new Uint32Array(HASHES).fill(0xffffffff);
  const wordHashes = words.map((word) => hashText(word, 0));
  const shingles = Math.max(1, words.length - SHINGLE_WORDS + 1);
  for (let start = 0; start < shingles; start++) {
    let hash = 0;
    for (let offset = 0; offset < SHINGLE_WORDS; offset++)
      hash = mix32(hash ^ ((wordHashes[start + offset] ?? 0) + offset));
    for (let index = 0; index < HASHES; index++) {
      const value = (Math.imul(hash, MULTIPLIERS[index] as number) + (OFFSETS[index] as number)) >>> 0;
      if (value < (signature[index] as number)) signature[index] = value;
    }
  }
  return signature;
}

/** Estimated share of common shingles (Jaccard), 0 to 1, of a signature and one stored at an offset. */
export function similarity(signature: Signature, stored: Uint32Array, offset: number): number {
  let equal = 0;
  for (let index = 0; index < HASHES; index++) if (signature[index] === stored[offset + index]) equal++;
  return equal / HASHES;
}

/**
 * One key per band of a signature: texts with 0.8 of their shingles in common share one with p > 0.999. 30 bits, which
 * V8 stores without an object; {@link similarity} sorts out chance collisions.
 */
export function bandKeys(signature: Signature): number[] {
  return Array.from({ length: BANDS }, (_, band) => {
    let key = band;
    for (let row = 0; row < ROWS_PER_BAND; row++) key = mix32(key ^ (signature[band * ROWS_PER_BAND + row] as number));
    return key >>> 2;
  });
}
