import { hashText, mix32 } from '../seeded-order.ts';

const SHINGLE_TOKENS = 3;

/**
 * Hashes of a text's three-token runs, deduplicated, ascending; a shorter text is one run. Empty if there are no
 * tokens.
 */
export type Shingles = Uint32Array;

export function shinglesOf(tokens: readonly string[]): Shingles {
  const hashes = tokens.map((token) => hashText(token, 0));
  const count = tokens.length === 0 ? 0 : Math.max(1, tokens.length - SHINGLE_TOKENS + 1);
  const shingles = Uint32Array.from({ length: count }, (_, start) => {
    let hash = 0;
    for (let offset = 0; offset < SHINGLE_TOKENS; offset++)
      hash = mix32(hash ^ ((hashes[start + offset] ?? 0) + offset));
    return hash;
  }).sort();
  return shingles.filter((hash, index) => hash !== shingles[index - 1]);
}

const MIN_SLOTS = 2 ** 10;
const MAX_SLOTS = 2 ** 26;
/** Slots per expected shingle, so that few shingles share one. */
const ROOM = 4;

/**
 * Number of texts of a file in which a shingle occurs, by its hash; slightly too high where two shingles share a slot.
 */
export class ShingleCounts {
  private readonly counts: Uint16Array;
  private readonly slots: number;

  /** `expected`: number of shingles that will be added. */
  constructor(expected: number) {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, expected * ROOM)));
    this.slots = Math.min(MAX_SLOTS, Math.max(MIN_SLOTS, wanted));
    this.counts = new Uint16Array(this.slots);
  }

  /** Counts the shingles of one text. */
  add(shingles: Shingles): void {
    for (const hash of shingles) {
      const slot = hash % this.slots;
      if ((this.counts[slot] as number) < 0xffff) this.counts[slot] = (this.counts[slot] as number) + 1;
    }
  }

  of(hash: number): number {
    return this.counts[hash % this.slots] as number;
  }

  /**
   * Weight of a shingle: one if at most two texts have it, and less the more texts do. A shingle that a hundred texts
   * share (an instruction at the start of each) does not show whether two of them ask the same.
   */
  weightOf(hash: number): number {
    return 1 / Math.max(1, this.of(hash) - 1);
  }
}

/**
 * Share of two texts' shingles that both have (Jaccard), 0 to 1: the lower of the share by number and the share by
 * weight. By number alone, two questions after one long instruction would count as the same; by weight alone, two
 * requests by one user about one topic would. 0 for two texts without shingles.
 */
export function sharedShare(a: Shingles, b: Shingles, counts: ShingleCounts): number {
  const sums = { shared: 0, all: 0, sharedWeight: 0, allWeight: 0 };
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    const one = a[left] ?? Number.POSITIVE_INFINITY;
    const other = b[right] ?? Number.POSITIVE_INFINITY;
    const weight = counts.weightOf(Math.min(one, other));
    sums.all++;
    sums.allWeight += weight;
    if (one === other) {
      sums.shared++;
      sums.sharedWeight += weight;
    }
    if (one <= other) left++;
    if (other <= one) right++;
  }
  return sums.all === 0 ? 0 : Math.min(sums.shared / sums.all, sums.sharedWeight / sums.allWeight);
}
