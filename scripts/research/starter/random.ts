/** A seeded source of choices; the same label always gives the same sequence. */
export interface Dice {
  /** A whole number from 0 up to, not including, `n`. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
  /** True with probability `p`. */
  chance(p: number): boolean;
}

/** 32-bit FNV-1a of a label; spreads nearby labels apart through one more mixing round. */
export function hashLabel(label: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(label, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A dice for one record: mulberry32 seeded by the label. */
export function rollDice(label: string): Dice {
  let state = hashLabel(label);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, pick: (items) => items[below(items.length)]!, chance: (p) => next() < p };
}

/** An item of a weighted list. */
export function pickWeighted<T>(dice: Dice, items: readonly (readonly [T, number])[]): T {
  let ticket = dice.below(items.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [item, weight] of items) {
    if (ticket < weight) return item;
    ticket -= weight;
  }
  return items[0]![0];
}
