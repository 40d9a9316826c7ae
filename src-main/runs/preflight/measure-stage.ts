import type { PreflightMessage, PreflightStage } from '#contract/api/runs/preflight.ts';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import { mountOf } from '../../disk/disk-full.ts';
import { type Levers, leversOf, smallSize } from './batch-levers.ts';
import { forecastDisk, forecastTime, savedBytes } from './forecast.ts';
import type { Machine } from './machine.ts';
import { sum } from './memory-lines.ts';
import { runTrial, type TrialSetting, type TrialSize, tryTrial } from './run-trial.ts';
import { forecastMemory, largestRows, largestSize, type SafeSize, safeSize, type Trialed } from './stage-memory.ts';
import { inertWarnings, stageWarnings } from './stage-warnings.ts';

/** Trials of a stage at most: a small one, the config itself, and the largest batch. */
export const TRIALS = 3;

/** A largest batch whose iteration would take longer is told without having been run. */
const CONFIRM_SECONDS = 60;

export interface StageRequest {
  readonly stage: string | null;
  readonly setting: TrialSetting;
  readonly machine: Machine;
  readonly limitBytes: number;
  readonly home: string;
}

type Messages<Value> = AsyncGenerator<PreflightMessage, Value>;

const AS_CONFIGURED: TrialSize = { batch: null, chunk: null, microBatch: null };

function smallTrial(levers: Levers): TrialSize {
  const { batch, chunk, microBatch } = levers;
  const rows = smallSize(microBatch ?? batch.rows);
  return { batch: rows, chunk: chunk && smallSize(chunk.rows), microBatch: null };
}

/** The config at full size, or cut down to what is safe; null where nothing is. */
async function* wholeTrial(request: StageRequest, safe: SafeSize, first: Measurement): Messages<Trialed | null> {
  if (!safe.fits) return null;
  const { setting, machine, home } = request;
  // Weights, moments and what is written beside them before the name is changed.
  const writesCheckpoint = machine.freeDisk(home) > 3 * savedBytes(first);
  const measured = yield* tryTrial(setting, { size: safe.size, isWhole: true, writesCheckpoint });
  return measured && { size: safe.size, measured };
}

async function* confirmLargest(
  { setting, limitBytes }: StageRequest,
  levers: Levers,
  trials: readonly Trialed[],
): Messages<PreflightStage['largest']> {
  const whole = trials.at(-1)!;
  const none = largestRows(levers, trials, AS_CONFIGURED, whole.measured);
  const size = largestSize(levers, trials, limitBytes);
  if (!size) return none;
  if (sum(Object.values(whole.measured.phases)) > CONFIRM_SECONDS) return largestRows(levers, trials, size, null);
  const measured = yield* tryTrial(setting, { size, isWhole: false, writesCheckpoint: false });
  if (!measured || measured.peakBytes > limitBytes) return none;
  return largestRows(levers, [...trials, { size, measured }], size, measured);
}

/** Measures one recipe: first small, then as configured where that is safe, then as large as should fit. */
export async function* measureStage(request: StageRequest): Messages<PreflightStage> {
  const { setting, machine, limitBytes, home } = request;
  const { config } = setting;
  const levers = leversOf(config);
  const size = smallTrial(levers);
  const small = yield* runTrial(setting, { size, isWhole: false, writesCheckpoint: false });
  const trials: Trialed[] = [{ size, measured: small }];
  const safe = safeSize(levers, trials, limitBytes);
  const whole = yield* wholeTrial(request, safe, small);
  if (whole) trials.push(whole);
  const isAsConfigured = whole !== null && safe.microBatch === null && whole.size.chunk === null;
  const memory = forecastMemory(levers, trials, isAsConfigured ? whole.measured : null, limitBytes);
  const largest = isAsConfigured && memory.fits ? yield* confirmLargest(request, levers, trials) : [];
  const time = whole && forecastTime(config, whole.measured);
  const disk = forecastDisk(config, whole?.measured ?? small, time, machine.freeDisk(home));
  const judged = {
    stage: request.stage,
    recipe: String(config.recipe),
    device: small.device,
    memory,
    time,
    disk,
    largest,
    suggestedMicroBatch: memory.fits ? null : safeSize(levers, trials, limitBytes).microBatch,
  };
  const warnings = [...stageWarnings(judged, levers, mountOf(home)), ...inertWarnings(config)];
  return { ...judged, warnings };
}
