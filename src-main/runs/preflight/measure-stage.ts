import type { PreflightMessage, PreflightStage, PreflightWarning } from '#contract/api/runs/preflight.ts';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { inertChoices } from '#contract/config/index.ts';
import { formatBytes } from '#contract/format.ts';
import { mountOf } from '../../disk/disk-full.ts';
import { type Levers, leversOf, smallSize } from './batch-levers.ts';
import { forecastDisk, forecastTime, savedBytes } from './forecast.ts';
import { type Machine, nodeOfCluster } from './machine.ts';
import { sum } from './memory-lines.ts';
import { runTrial, type TrialRequest, type TrialSetting, type TrialSize, tryTrial } from './run-trial.ts';
import { forecastMemory, largestRows, largestSize, type SafeSize, safeSize, type Trialed } from './stage-memory.ts';

type Judged = Pick<PreflightStage, 'memory' | 'disk' | 'device' | 'suggestedMicroBatch' | 'time'>;

function ofMemory({ memory, suggestedMicroBatch }: Judged, { batch, recomputes }: Levers): PreflightWarning[] {
  if (memory.fits) return [];
  const how = memory.source === 'measured' ? 'used' : 'would use about';
  const limit = formatBytes(memory.limitBytes);
  const why = `The run ${how} ${formatBytes(memory.peakBytes)} of memory; ${limit} are available.`;
  const field = suggestedMicroBatch === null ? batch.field : 'engine.micro_batch_size';
  const recompute = recomputes ? '' : 'Set engine.recompute_activations to true, or ';
  const lower = `${recompute ? 'lower' : 'Lower'} ${batch.field} or data.max_length, or use a smaller model.`;
  const smaller = recompute + lower;
  const fix = suggestedMicroBatch === null ? smaller : `Set engine.micro_batch_size to ${suggestedMicroBatch}.`;
  return [{ level: 'error', field, why, fix }];
}

function ofDisk({ disk }: Judged, mount: string): PreflightWarning[] {
  if (disk.fits) return [];
  const why =
    `The run needs about ${formatBytes(disk.totalBytes)} of disk space; ${formatBytes(disk.freeBytes)} are free. ` +
    'It will wait for disk space.';
  const missing = formatBytes(disk.totalBytes - disk.freeBytes, 'ceil');
  const fix = `Free ${missing} on ${mount}, or keep fewer checkpoints (checkpoints.keep_every).`;
  return [{ level: 'error', field: 'checkpoints.keep_every', why, fix }];
}

function ofEngine({ device, memory }: Judged): PreflightWarning[] {
  const slow: PreflightWarning[] =
    device.mode === 'eager' && device.backend !== 'javascript'
      ? [
          {
            level: 'note',
            field: 'engine.mode',
            why: 'Steps run in eager mode, one op at a time.',
            fix: 'Set engine.mode to compiled, which is several times faster.',
          },
        ]
      : [];
  if (memory.deviceBytes === null) return slow;
  const why = `The run uses at least ${formatBytes(memory.deviceBytes)} on the GPU, not counting activations.`;
  return [...slow, { level: 'note', field: null, why, fix: 'Watch the GPU memory during the first iterations.' }];
}

/** Warnings about config values that have no effect. */
export function inertWarnings(config: Readonly<Record<string, unknown>>): PreflightWarning[] {
  return inertChoices(config).map(({ path, value, why }) => {
    return { level: 'warning', field: path, why: `${path} is ${value}. ${why}`, fix: `Leave ${path} at its default.` };
  });
}

/**
 * Warnings to show before the start, with measured numbers.
 * @param mount mount point of the disk that the run will write to.
 */
export function stageWarnings(stage: Judged, levers: Levers, mount: string): PreflightWarning[] {
  return [...ofMemory(stage, levers), ...ofDisk(stage, mount), ...ofEngine(stage)];
}

/** Maximum number of trials per stage: a small one, the config itself, and the largest batch. */
export const TRIALS = 3;

/** Seconds that a stage's trials may take together; the largest batch is reported without being tried if it would take longer. */
const STAGE_SECONDS = 90;

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

/** For trials that measure memory: one collection of the smallest size. */
const LEAST: TrialRequest['most'] = { collected: 1, evaluated: 8 };
/** The most that a trial of the times runs: the rest is extrapolated. */
const MOST: TrialRequest['most'] = { collected: 128, evaluated: 64 };
/** Seconds that an iteration and an evaluation of a trial should not exceed; each is run several times. */
const SECONDS_AT_ONCE = 8;

/** How much of a slow config's collection and evaluation is run, by what a response took in a smaller trial. */
export function workOf(
  { rollouts }: Readonly<Record<string, Detail | undefined>>,
  { phases }: Pick<Measurement, 'phases'>,
): TrialRequest['most'] {
  if (!rollouts) return MOST;
  const responses = Number(rollouts.num_rollouts);
  const within = (seconds: number) => Math.floor(SECONDS_AT_ONCE / Math.max(seconds / responses, 1e-6));
  const sampling = (phases.rollout ?? 0) + (phases.reward ?? 0);
  return {
    collected: Math.min(MOST.collected, Math.max(LEAST.collected, within(sum(Object.values(phases))))),
    evaluated: Math.min(MOST.evaluated, Math.max(LEAST.evaluated, within(sampling))),
  };
}

/** Measures the config at full size, or reduced to a safe size; null if no size is safe. */
async function* wholeTrial(request: StageRequest, safe: SafeSize, first: Measurement): Messages<Trialed | null> {
  if (!safe.fits) return null;
  const { setting, machine, home } = request;
  // Weights, moments, and the copy that is written before it is renamed.
  const writesCheckpoint = machine.freeDisk(home) > 3 * savedBytes(first);
  const most = workOf(setting.config as Readonly<Record<string, Detail | undefined>>, first);
  const measured = yield* tryTrial(setting, { size: safe.size, isWhole: true, most, writesCheckpoint });
  return measured && { size: safe.size, measured };
}

/** Seconds of a trial that runs as many rows as its largest pass, by a trial of the config as it is. */
export function trialSeconds(levers: Levers, { batch, chunk }: TrialSize, measured: Measurement): number {
  const [own, rows] = [levers.chunk?.whole ?? levers.batch.rows, Math.max(batch ?? 0, chunk ?? 0)];
  return measured.setupSeconds + measured.buildSeconds + (sum(Object.values(measured.phases)) * rows) / own;
}

async function* confirmLargest(
  { setting, limitBytes }: StageRequest,
  levers: Levers,
  trials: readonly Trialed[],
  passedSeconds: number,
): Messages<PreflightStage['largest']> {
  const whole = trials.at(-1)!;
  const none = largestRows(levers, trials, AS_CONFIGURED, whole.measured);
  const size = largestSize(levers, trials, limitBytes);
  if (!size) return none;
  const seconds = passedSeconds + trialSeconds(levers, size, whole.measured);
  if (seconds > STAGE_SECONDS) return largestRows(levers, trials, size, null);
  const measured = yield* tryTrial(setting, { size, isWhole: false, most: LEAST, writesCheckpoint: false });
  if (!measured || measured.peakBytes > limitBytes) return none;
  return largestRows(levers, [...trials, { size, measured }], size, measured);
}

/** What is free on a cluster's node is known after the first trial there. */
function onNode(asked: StageRequest, { room }: Measurement): StageRequest {
  const machine = nodeOfCluster(room, asked.machine);
  return { ...asked, machine, limitBytes: machine.availableMemory() };
}

/** Measures one recipe: first small, then as configured if that is safe, then at the largest size that should fit. */
export async function* measureStage(asked: StageRequest): Messages<PreflightStage> {
  const { setting, home } = asked;
  const { config } = setting;
  const levers = leversOf(config);
  const size = smallTrial(levers);
  const begun = setting.setup.clock();
  const passed = () => (setting.setup.clock() - begun) / 1000;
  const small = yield* runTrial(setting, { size, isWhole: false, most: LEAST, writesCheckpoint: false });
  const request = setting.device === null ? asked : onNode(asked, small);
  const { machine, limitBytes } = request;
  const trials: Trialed[] = [{ size, measured: small }];
  const safe = safeSize(levers, trials, limitBytes);
  const whole = yield* wholeTrial(request, safe, small);
  if (whole) trials.push(whole);
  const isAsConfigured = whole !== null && safe.microBatch === null && whole.size.chunk === null;
  const memory = forecastMemory(levers, trials, isAsConfigured ? whole.measured : null, limitBytes);
  const largest = isAsConfigured && memory.fits ? yield* confirmLargest(request, levers, trials, passed()) : [];
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
