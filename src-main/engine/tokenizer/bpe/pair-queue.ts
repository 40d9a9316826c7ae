/** A pair of token ids with its count when it was queued, and the words that hold it. */
export interface PairEntry {
  count: number;
  readonly left: number;
  readonly right: number;
  readonly words: readonly number[];
}

/** The most frequent pair first; among equals the one with the lower ids, so that training is repeatable. */
function comesBefore(a: PairEntry, b: PairEntry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** A binary heap of pairs. */
export class PairQueue {
  private readonly entries: PairEntry[] = [];

  push(entry: PairEntry): void {
    let index = this.entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.entries[parent] as PairEntry;
      if (!comesBefore(entry, above)) break;
      this.entries[index] = above;
      index = parent;
    }
    this.entries[index] = entry;
  }

  pop(): PairEntry | undefined {
    const top = this.entries[0];
    const last = this.entries.pop();
    if (top === undefined || last === undefined || this.entries.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.entries.length) break;
      const right = this.entries[child + 1];
      if (right && comesBefore(right, this.entries[child] as PairEntry)) child++;
      if (!comesBefore(this.entries[child] as PairEntry, last)) break;
      this.entries[index] = this.entries[child] as PairEntry;
      index = child;
    }
    this.entries[index] = last;
    return top;
  }
}
