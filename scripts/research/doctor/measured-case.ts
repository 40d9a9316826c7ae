import type { FailureMode } from '#contract/failure-modes.ts';

export type Config = Readonly<Record<string, unknown>>;
/** Metric values by step. */
export type Steps = ReadonlyMap<number, Readonly<Record<string, number>>>;

/** A failure that a case provokes. */
export interface Expected {
  readonly regime: FailureMode;
  /** What counts as its beginning, in words. */
  readonly onset: string;
  /** The first step at which it is there, told from the metrics without the doctor's windows; null when it never is. */
  readonly begins: (steps: Steps) => number | null;
}

export interface MeasuredCase {
  readonly name: string;
  readonly config: Config;
  readonly env?: Readonly<Record<string, string>>;
  /** Empty for a healthy run, in which everything that is found is a false alarm. */
  readonly expected: readonly Expected[];
}

/** The first step that passes. */
export function firstStep(
  steps: Steps,
  passes: (values: Readonly<Record<string, number>>, start: Readonly<Record<string, number>>) => boolean,
): number | null {
  const start = steps.get(1) ?? {};
  const found = [...steps]
    .sort(([one], [other]) => one - other)
    .find(([step, values]) => step > 0 && passes(values, start));
  return found?.[0] ?? null;
}

/** The first step of three in a row that pass: a policy that is thrown about passes through many states. */
export function lastingFrom(
  steps: Steps,
  passes: (values: Readonly<Record<string, number>>, start: Readonly<Record<string, number>>) => boolean,
): number | null {
  const start = steps.get(1) ?? {};
  const at = (step: number) => step > 0 && steps.has(step) && passes(steps.get(step)!, start);
  const lasts = (step: number) => [0, 1, 2].every((later) => at(step + later));
  return [...steps.keys()].sort((one, other) => one - other).find(lasts) ?? null;
}

/** A failure that is there from a known step on. */
export function from(regime: FailureMode, step: number, onset: string): Expected {
  return { regime, onset, begins: () => step };
}
