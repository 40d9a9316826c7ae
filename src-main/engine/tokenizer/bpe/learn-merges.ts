/** A pair of token ids with its count when it was queued, and the words that contain it. */
interface PairEntry {
  count: number;
  readonly left: number;
  readonly right: number;
  readonly words: readonly number[];
}

/** The most frequent pair first; among equal counts, the one with the lower ids, so that training is reproducible. */
function comesBefore(a: PairEntry, b: PairEntry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** A binary heap of pairs. */
class PairQueue {
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

/** A word of the corpus: its symbol ids and how often it occurs. */
export interface CountedWord {
  symbols: number[];
  readonly count: number;
}

export interface LearnedMerge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/** Ids above this would collide in the number that represents a pair. */
const ID_SPAN = 2 ** 24;

type Pair = number;
const pairOf = (left: number, right: number): Pair => left * ID_SPAN + right;

/** Counts of pairs and the words that contain them, kept up to date while words change. */
class PairIndex {
  readonly counts = new Map<Pair, number>();
  private readonly found = new Map<Pair, number[]>();

  change(left: number, right: number, count: number, word: number): void {
    const pair = pairOf(left, right);
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + count);
    if (count <= 0) return;
    const words = this.found.get(pair);
    if (words === undefined) this.found.set(pair, [word]);
    else if (words.at(-1) !== word) words.push(word);
  }

  /** Queues every pair found since the last call. */
  drainTo(queue: PairQueue): void {
    for (const [pair, words] of this.found) {
      const count = this.counts.get(pair) ?? 0;
      if (count > 0) queue.push({ count, left: Math.floor(pair / ID_SPAN), right: pair % ID_SPAN, words });
    }
    this.found.clear();
  }
}

/** Replaces a pair everywhere in one word, and reports which adjacent pairs appeared and disappeared. */
function mergeInWord(
  word: CountedWord,
  number: number,
  { left, right }: PairEntry,
  merged: number,
  index: PairIndex,
): void {
  const { symbols, count } = word;
  const kept: number[] = [];
  for (let at = 0; at < symbols.length; at++) {
    const symbol = symbols[at] as number;
    if (symbol !== left || symbols[at + 1] !== right) {
      kept.push(symbol);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined) {
      index.change(before, left, -count, number);
      index.change(before, merged, count, number);
    }
    const after = symbols[at + 2];
    if (after !== undefined) {
      index.change(right, after, -count, number);
      index.change(merged, after, count, number);
    }
    kept.push(merged);
    at++;
  }
  word.symbols = kept;
}

/**
 * Learns byte-pair merges (Sennrich et al. 2016), the same as the trainer of Hugging Face `tokenizers`: the most
 * frequent pair first, lower ids first among equal counts. `merge` returns the id of a joined token and is called in
 * the order of the rules; learning ends when it returns null or no pair is left. The words are modified.
 */
export function learnMerges(
  words: readonly CountedWord[],
  merge: (left: number, right: number) => number | null,
  minFrequency: number,
): LearnedMerge[] {
  const index = new PairIndex();
  const queue = new PairQueue();
  words.forEach(({ symbols, count }, number) => {
    for (let at = 0; at + 1 < symbols.length; at++)
      index.change(symbols[at] as number, symbols[at + 1] as number, count, number);
  });
  index.drainTo(queue);
  const merges: LearnedMerge[] = [];
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const count = index.counts.get(pairOf(entry.left, entry.right)) ?? 0;
    if (count !== entry.count) {
      // Its count has decreased since it was queued, so it is queued again at its current position.
      entry.count = count;
      if (count > 0) queue.push(entry);
      continue;
    }
    if (count < minFrequency) break;
    const merged = merge(entry.left, entry.right);
    if (merged === null) break;
    merges.push({ left: entry.left, right: entry.right, merged });
    for (const number of entry.words) mergeInWord(words[number] as CountedWord, number, entry, merged, index);
    index.drainTo(queue);
  }
  return merges;
}
