import { type Key, philox, type Words } from './philox.ts';

export interface SeededGenerator {
  /** A float64 in [0, 1) with 53 random bits. */
  uniform(): number;
  /** An integer in 0..below-1. */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** Returns a copy in random order. */
  shuffle<T>(items: readonly T[]): T[];
}

/** FNV-1a of a stream's name, so that streams of one seed do not overlap. */
function hashStream(stream: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(stream)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

const low = (n: number) => n >>> 0;
const high = (n: number) => Math.floor(n / 2 ** 32) >>> 0;

/**
 * A counter-based generator: number i is a pure function of (seed, stream, i), so no state has to be saved.
 * Seeds are safe integers, 0 included; streams are names such as `shuffle` or `sampling`.
 */
export function seededGenerator(seed: number, stream: string, drawn = 0): SeededGenerator {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed must be an integer, not ${seed}.`);
  const key: Key = [low(seed), high(seed)];
  const name = hashStream(stream);
  let count = drawn;
  const draw = (): Words => {
    const words = philox([low(count), high(count), name, 0], key);
    count += 1;
    return words;
  };
  const uniform = () => {
    const [a, b] = draw();
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
  };
  const integer = (below: number) => Math.floor(uniform() * below);
  return {
    uniform,
    integer,
    normal: () => {
      const [a, b, c, d] = draw();
      const radius = Math.sqrt(-2 * Math.log(((a >>> 5) * 2 ** 26 + (b >>> 6) + 1) / 2 ** 53));
      return radius * Math.cos((2 * Math.PI * ((c >>> 5) * 2 ** 26 + (d >>> 6))) / 2 ** 53);
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other] as never, shuffled[last] as never];
      }
      return shuffled;
    },
  };
}
