/** Flags of `keel bench` and of the baseline, without their dashes; what is left out is that of the 2.2M shape. */
export type BenchShape = Readonly<Record<string, number>>;

/** The models that speed is quoted for, by the number of their parameters. */
export const SHAPES = {
  '2.2M': {},
  '70M': { hidden: 512, layers: 6, heads: 8, vocab: 50304, rollouts: 16 },
  '160M': { hidden: 768, layers: 12, heads: 12, vocab: 50304, rollouts: 8, chunk: 8 },
} as const satisfies Readonly<Record<string, BenchShape>>;

export function flagsOf(shape: BenchShape): readonly string[] {
  return Object.entries(shape).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
}
