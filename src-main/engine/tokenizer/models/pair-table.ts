/**
 * Merge rules by pair of token ids: an open-addressed hash table in typed arrays. A Map keyed by strings or by large
 * numbers creates an object per rule (280,000 for Llama 3) and is several times slower.
 */
export class PairTable {
  private readonly slots: Int32Array;
  private readonly bits: number;

  /** `capacity` is the number of pairs that will be set. */
  constructor(capacity: number) {
    const size = Math.max(16, 2 ** Math.ceil(Math.log2(capacity * 2 + 1)));
    this.bits = size - 1;
    this.slots = new Int32Array(size * 4).fill(-1);
  }

  /**
   * Sets the rule of a pair. If a pair is repeated, the last rule applies, with its lower priority, as in the Rust
   * library.
   */
  set(left: number, right: number, rank: number, merged: number): void {
    this.slots.set([left, right, rank, merged], this.find(left, right));
  }

  /** Offset of the pair's slot; -1 if there is no such rule. */
  slotOf(left: number, right: number): number {
    const slot = this.find(left, right);
    return this.slots[slot] === -1 ? -1 : slot;
  }

  rankAt(slot: number): number {
    return this.slots[slot + 2] as number;
  }

  mergedAt(slot: number): number {
    return this.slots[slot + 3] as number;
  }

  private find(left: number, right: number): number {
    let index = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    index = (index ^ (index >>> 15)) & this.bits;
    for (;;) {
      const slot = index * 4;
      const found = this.slots[slot];
      if (found === -1 || (found === left && this.slots[slot + 1] === right)) return slot;
      index = (index + 1) & this.bits;
    }
  }
}
