import type { Detail } from '#contract/api/runs/run-records.ts';

/** A config field that sets the number of rows per pass, and with that the memory use. */
export interface Lever {
  readonly field: string;
  /** The configured value. */
  readonly rows: number;
  /** The number that it must divide and so cannot exceed; null if there is none. */
  readonly whole: number | null;
}

export interface Levers {
  /** Rows per update. */
  readonly batch: Lever;
  /** Responses scored at once; null for a recipe that does not sample. */
  readonly chunk: Lever | null;
  /** Rows per forward and backward pass, if set in the config. */
  readonly microBatch: number | null;
  /** Whether activations are recomputed for the gradient. */
  readonly recomputes: boolean;
}

/** The levers of a resolved config file. */
export function leversOf(config: Detail): Levers {
  const { rollouts, updates, training, engine } = config as Record<string, Detail | undefined>;
  const microBatch = (engine?.micro_batch_size as number | null | undefined) ?? null;
  const recomputes = engine?.recompute_activations === true;
  if (!rollouts) {
    const batch = { field: 'training.batch_size', rows: Number(training?.batch_size), whole: null };
    return { batch, chunk: null, microBatch, recomputes };
  }
  const whole = Number(rollouts.num_rollouts);
  return {
    batch: { field: 'updates.minibatch_size', rows: Number(updates?.minibatch_size), whole },
    chunk: { field: 'rollouts.chunk_size', rows: Number(rollouts.chunk_size), whole },
    microBatch,
    recomputes,
  };
}

/** Divisors of a number, largest first. */
export function divisors(number: number): readonly number[] {
  return Array.from({ length: number }, (_, index) => number - index).filter((one) => number % one === 0);
}

/** How often to double a batch without an upper bound. */
const DOUBLINGS = 4;

/** Candidate values of a lever, largest first, ending with the configured one. */
export function largerSizes({ rows, whole }: Lever): readonly number[] {
  if (whole !== null) return divisors(whole).filter((size) => size >= rows);
  return Array.from({ length: DOUBLINGS + 1 }, (_, index) => rows * 2 ** (DOUBLINGS - index));
}

/** A size that certainly needs less memory: a quarter, at least one row. */
export function smallSize(rows: number): number {
  return Math.max(1, Math.floor(rows / 4));
}
