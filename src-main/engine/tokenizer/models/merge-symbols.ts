import { NumberHeap } from './number-heap.ts';
import type { PairTable } from './pair-table.ts';

/** Positions stand in the low part of a heap entry, ranks above: the lowest rank first, then the leftmost pair. */
const POSITION_SPAN = 2 ** 28;

/**
 * Byte-pair merging of one word (Sennrich et al. 2016): the rule of lowest rank first, leftmost pair first. O(n log n),
 * so that a word of a million symbols takes a second and not an hour.
 */
export class SymbolMerger {
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
    // An entry is stale when one of its two symbols has been merged meanwhile.
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
