import type { DiskForecast, MemoryForecast, TimeForecast } from '#contract/api/runs/preflight.ts';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { sum } from './memory-lines.ts';

/** The variable groups stored in a checkpoint. */
const SAVED = new Set(['policy', 'critic', 'reward_model', 'optimizer']);
const ARTIFACTS = new Set(['policy', 'critic', 'reward_model']);
/** Log, samples, and growth of the store. */
const SLACK_BYTES = 50 * 2 ** 20;
const GIGABYTE = 1e9;

type Groups = Record<string, Detail | undefined>;

function bytesOf({ variables }: Measurement, names: ReadonlySet<string>): number {
  return sum(Object.entries(variables).map(([name, bytes]) => (names.has(name) ? bytes : 0)));
}

/** Number of evaluations in a run; an online run also evaluates before its first iteration. */
function evaluationsOf(config: Detail, iterations: number): number {
  const { evaluation, rollouts } = config as Groups;
  const interval = Number(evaluation?.interval_iterations ?? evaluation?.interval_steps ?? 1);
  return Math.ceil(iterations / interval) + (rollouts ? 1 : 0);
}

/** Checkpoints by time, by steps, after a best evaluation (estimated as every second one), and at the end. */
function checkpointsOf(config: Detail, iterations: number, seconds: number, evaluations: number): number {
  const { interval_seconds: every, interval_steps: steps, keep_best: best } = (config.checkpoints ?? {}) as Detail;
  const byTime = Number(every) > 0 ? Math.floor(seconds / Number(every)) : iterations;
  const bySteps = typeof steps === 'number' ? Math.floor(iterations / steps) : 0;
  const ofBest = best ? Math.ceil(evaluations / 2) : 0;
  return Math.min(iterations, Math.max(byTime, bySteps) + ofBest) + 1;
}

export const savedBytes = (measured: Measurement): number => measured.checkpoint?.bytes ?? bytesOf(measured, SAVED);

function exportedBytes(config: Detail, measured: Measurement): number {
  // An online run saves the policy of its best evaluation in addition to the last one.
  const ofBest = config.rollouts ? (measured.variables.policy ?? 0) : 0;
  return bytesOf(measured, ARTIFACTS) + ofBest;
}

/** Time of the complete run: each measured time multiplied by how often it occurs. */
export function forecastTime(config: Detail, measured: Measurement): TimeForecast {
  const { iterations, checkpoint } = measured;
  const phases = Object.entries(measured.phases).map(([name, seconds]) => ({ name, seconds }));
  const secondsPerIteration = sum(phases.map(({ seconds }) => seconds));
  const evaluations = evaluationsOf(config, iterations);
  const evaluationSeconds = measured.evaluationSeconds ?? 0;
  const work = iterations * secondsPerIteration + evaluations * evaluationSeconds;
  const setupSeconds = measured.setupSeconds + measured.buildSeconds;
  const checkpoints = checkpointsOf(config, iterations, work, evaluations);
  const checkpointSeconds = checkpoint?.seconds ?? 0;
  const writing = checkpoint
    ? checkpointSeconds * (exportedBytes(config, measured) / Math.max(1, checkpoint.bytes))
    : 0;
  // The certificate of a reward model evaluates the held-out pairs once more.
  const finishSeconds = writing + (config.certificate ? evaluationSeconds : 0);
  return {
    unit: config.rollouts ? 'iterations' : 'updates',
    iterations,
    secondsPerIteration,
    phases,
    setupSeconds,
    evaluations,
    evaluationSeconds,
    checkpoints,
    checkpointSeconds,
    finishSeconds,
    totalSeconds: setupSeconds + work + checkpoints * checkpointSeconds + finishSeconds,
  };
}

/** Disk space of the complete run: the checkpoints kept at the same time, and the artifacts. */
export function forecastDisk(
  config: Detail,
  measured: Measurement,
  time: TimeForecast | null,
  freeBytes: number,
): DiskForecast {
  const { keep_every: nth, keep_best: best, disk_budget_gb: budget } = (config.checkpoints ?? {}) as Detail;
  const checkpointBytes = savedBytes(measured);
  const written = time?.checkpoints ?? 1;
  // The two newest and the best are kept, and another one is written before the oldest is removed.
  const held = Math.min(written, 2 + (best ? 1 : 0)) + 1;
  const periodic = typeof nth === 'number' ? Math.floor(written / nth) : 0;
  const most = typeof budget === 'number' ? Math.floor((budget * GIGABYTE) / Math.max(1, checkpointBytes)) : Infinity;
  const keptCheckpoints = Math.max(held, Math.min(held + periodic, most));
  const artifactBytes = exportedBytes(config, measured);
  const totalBytes = keptCheckpoints * checkpointBytes + artifactBytes + SLACK_BYTES;
  return { checkpointBytes, keptCheckpoints, artifactBytes, totalBytes, freeBytes, fits: totalBytes <= freeBytes };
}

/** Memory by part: each model, the optimizer, the libraries, and the rest as activations. */
export function memoryParts(measured: Measurement, peakBytes: number): MemoryForecast['parts'] {
  const models = Object.entries(measured.variables).map(([name, bytes]) => ({ name, bytes }));
  const known = measured.baseBytes + sum(models.map(({ bytes }) => bytes));
  return [
    ...models.sort((one, other) => other.bytes - one.bytes),
    { name: 'libraries', bytes: measured.baseBytes },
    { name: 'activations', bytes: Math.max(0, peakBytes - known) },
  ];
}
