import type { Detail } from '#contract/api/runs/run-records.ts';

/** A config field that sets how many rows one pass takes, and with that the memory. */
export interface Lever {
  readonly field: string;
  /** As configured. */
  readonly rows: number;
  /** What it must divide, and so cannot exceed; null for no such number. */
  readonly whole: number | null;
}

export interface Levers {
  /** Rows of an update. */
  readonly batch: Lever;
  /** Responses scored at once; null for a recipe that samples nothing. */
  readonly chunk: Lever | null;
  /** Rows of one forward and backward pass, where the config gives it. */
  readonly microBatch: number | null;
  /** Layers are computed again for their gradient. */
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

/** Times that a batch without a bound is tried to be doubled. */
const DOUBLINGS = 4;

/** Larger values of a lever, largest first, the configured one last. */
export function largerSizes({ rows, whole }: Lever): readonly number[] {
  if (whole !== null) return divisors(whole).filter((size) => size >= rows);
  return Array.from({ length: DOUBLINGS + 1 }, (_, index) => rows * 2 ** (DOUBLINGS - index));
}

/** A size that surely needs less: a quarter, at least one row. */
export function smallSize(rows: number): number {
  return Math.max(1, Math.floor(rows / 4));
}
