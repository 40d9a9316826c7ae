/** A stretch of a sequence that repeats itself: `from` to `to` (exclusive) with a period. */
export interface Repeat {
  readonly from: number;
  readonly to: number;
  readonly period: number;
}

/** Shortest period, smallest number of periods, and of elements that go, for which a repeat is worth a function. */
const SHORTEST = 36;
const FEWEST = 4;
const FEWEST_SAVED = 150;
/** Length of the window whose next occurrence suggests a period: longer than what repeats within one layer. */
const WINDOW = 12;
/** Number of periods that are tried. */
const TRIED = 64;

/** Distances at which windows of the sequence occur again, the most frequent ones first. */
function likelyPeriods(tokens: Int32Array): number[] {
  const last = new Map<string, number>();
  const counts = new Map<number, number>();
  for (let at = 0; at + WINDOW <= tokens.length; at++) {
    const window = tokens.subarray(at, at + WINDOW).join();
    const before = last.get(window);
    last.set(window, at);
    if (before === undefined) continue;
    // What repeats after a few elements also does after several times as many.
    const distance = at - before;
    const period = distance * Math.ceil(SHORTEST / distance);
    counts.set(period, (counts.get(period) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  return sorted.slice(0, TRIED).map(([period]) => period);
}

/** Stretches of at least {@link FEWEST} periods of one length, among the elements that are free. */
function repeatsOf(tokens: Int32Array, free: Uint8Array, period: number): Repeat[] {
  const found: Repeat[] = [];
  let start = period;
  for (let at = period; at <= tokens.length; at++) {
    const holds = at < tokens.length && free[at] && free[at - period] && tokens[at] === tokens[at - period];
    if (holds) continue;
    const from = start - period;
    if (at - from >= FEWEST * period) found.push({ from, to: at, period });
    start = at + 1;
  }
  return found;
}

/** Number of elements that go if each repeat is written once. */
const saved = ({ from, to, period }: Repeat) => (Math.floor((to - from) / period) - 1) * period;

/**
 * Disjoint stretches of a sequence that repeat themselves, the ones that save most first. Two elements are the same if
 * their numbers are; a negative number is the same as none.
 */
export function findRepeats(tokens: Int32Array): Repeat[] {
  const free = Uint8Array.from(tokens, (token) => (token >= 0 ? 1 : 0));
  const periods = likelyPeriods(tokens);
  const chosen: Repeat[] = [];
  for (;;) {
    let best: Repeat | null = null;
    for (const period of periods) {
      for (const repeat of repeatsOf(tokens, free, period)) if (!best || saved(repeat) > saved(best)) best = repeat;
    }
    if (best === null || saved(best) < FEWEST_SAVED) return chosen;
    chosen.push(best);
    free.fill(0, best.from, best.to);
  }
}
