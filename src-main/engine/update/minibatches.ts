import { seededGenerator } from '../runtime/host-random.ts';

export interface MinibatchPlan {
  readonly rows: number;
  readonly minibatchSize: number;
  /** Number of updates on each minibatch. */
  readonly epochs: number;
  /** `inner`: all updates of a minibatch in a row; `outer`: passes, each with a fresh shuffle. */
  readonly order: 'inner' | 'outer';
  readonly seed: number;
  readonly iteration: number;
}

function slices(order: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.floor(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
}

/**
 * Row indices of every update of an iteration, in order, determined by seed and iteration alone. Rows that do not fill
 * a minibatch are dropped from that pass.
 */
export function planMinibatches(plan: MinibatchPlan): readonly (readonly number[])[] {
  const random = seededGenerator(plan.seed, `minibatches/${plan.iteration}`);
  const rows = Array.from({ length: plan.rows }, (_, row) => row);
  if (plan.order === 'inner') {
    return slices(random.shuffle(rows), plan.minibatchSize).flatMap((part) =>
      Array.from({ length: plan.epochs }, () => part),
    );
  }
  return Array.from({ length: plan.epochs }, () => slices(random.shuffle(rows), plan.minibatchSize)).flat();
}
