import type { MetricPoint } from '#contract/metrics/metric-point.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { advantagePoints } from './advantage-points.ts';
import { rolloutPoints } from './rollout-points.ts';
import { updatePoints } from './update-points.ts';

export interface FinishedUpdates {
  /** One of each update of the iteration. */
  readonly reports: readonly UpdateReport[];
  /** Of the last update. */
  readonly learningRate: number;
}

/** Every number that an iteration of an online recipe leaves, whatever the method, from its batch and its updates. */
export function onlinePoints(batch: AdvantageBatch, done: FinishedUpdates): readonly MetricPoint[] {
  return [...rolloutPoints(batch), ...advantagePoints(batch), ...updatePoints(done.reports, done.learningRate)];
}
