export interface ScheduleOptions {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly minLearningRate: number;
  readonly warmupSteps: number;
}

/** Cosine annealing from `base` to `floor`, periodic past `total`. Source: Loshchilov & Hutter 2017, eq. 5. */
export function cosineRate(step: number, base: number, total: number, floor: number): number {
  return floor + 0.5 * (base - floor) * (1 + Math.cos((Math.PI * step) / total));
}

/**
 * Learning rate of one update.
 * @param update number of the update, from 1; during warm-up, update w of W has the fraction w/W.
 * @param total updates of the whole run; as in PyTorch and transformers, the update after the last one has the floor.
 */
export function learningRateAt(options: ScheduleOptions, update: number, total: number): number {
  const { learningRate, schedule, minLearningRate, warmupSteps } = options;
  if (update <= warmupSteps) return learningRate * (update / warmupSteps);
  if (schedule === 'constant') return learningRate;
  const length = Math.max(total - warmupSteps, 1);
  const done = Math.min(update - warmupSteps - 1, length);
  if (schedule === 'cosine') return cosineRate(done, learningRate, length, minLearningRate);
  return learningRate + (minLearningRate - learningRate) * (done / length);
}
