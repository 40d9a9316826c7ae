import { statfsSync } from 'node:fs';
import process from 'node:process';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { JobOf } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import { StopAtCheckpoint } from '../session/checkpoint/stop-at-checkpoint.ts';
import type { Detail, Recipe, RecipeContext } from '../session/context.ts';
import { loadData } from '../session/data/load-data.ts';
import type { JobContext } from './job-context.ts';
import { loadRecipe } from './load-recipe.ts';
import { NOBODY } from './nobody.ts';
import { observeRuntime } from './preflight/observe-runtime.ts';
import { createPeakMeter } from './preflight/peak-memory.ts';
import { writeStandIn } from './preflight/stand-in.ts';
import { summarizeTrial, type TrialSummary } from './preflight/summarize-trial.ts';
import { createTimeline, type Timeline } from './preflight/timeline.ts';
import { isOnline, type TrialConfig, trialConfig } from './preflight/trial-config.ts';

type PreflightJob = JobOf<'preflight'>;

/** Iterations of a trial that times them: at least the first number, and at most the second while time is left. */
const ROUNDS = { online: [2, 4], supervised: [8, 16] } as const;
/** Seconds after which no round is added. */
const PATIENCE_SECONDS = 12;

function variableBytes({ variables }: Runtime): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const name of variables.names()) {
    const owner = name.split('/')[0]!;
    sums[owner] = (sums[owner] ?? 0) + variables.bytesOf(name);
  }
  return sums;
}

/** Fraction of the real work that a trial's numbers represent. */
function scales({ most, ...job }: PreflightJob, trial: TrialConfig, timeline: Timeline, heldOut: number) {
  const config = job.config as TrialConfig;
  if (!isOnline(config)) {
    const asked = Number(trial.data!.held_out_size);
    return { collection: 1, update: 1, evaluation: Math.max(1, heldOut / asked), iterations: timeline.total() };
  }
  const rollouts = Number(config.rollouts!.num_rollouts);
  const collection = rollouts / Number(trial.rollouts!.num_rollouts);
  const prompts = Math.min(Number(config.evaluation!.num_prompts), heldOut);
  const replies = timeline.marks.find(({ kind }) => kind === 'samples')?.count ?? most.evaluated;
  return {
    collection,
    update: collection * Number(config.updates!.num_ppo_epochs),
    evaluation: Math.max(1, prompts / replies),
    iterations: Number(config.updates!.total_iterations),
  };
}

const roundsOf = (job: PreflightJob) => ROUNDS[isOnline(job.config as TrialConfig) ? 'online' : 'supervised'];

/** No step of a trial comes after this one. */
const lastStepOf = (job: PreflightJob) => roundsOf(job)[1];

/** Decides when a trial has measured enough. */
function pacing(job: PreflightJob) {
  const online = isOnline(job.config as TrialConfig);
  const [least, most] = roundsOf(job);
  const start = performance.now();
  return (step: number) => {
    if (!job.isWhole) return { stop: step > (online ? 1 : 3), checkpoint: false };
    const isLate = (performance.now() - start) / 1000 > PATIENCE_SECONDS;
    return { stop: step > most || (step > least && isLate), checkpoint: step === least && job.writesCheckpoint };
  };
}

/** Memory that this process can have, and the free space of a folder's disk, both in bytes. */
function roomFor(folder: string): Measurement['room'] {
  const { bavail, bsize } = statfsSync(folder);
  return { memoryBytes: process.availableMemory(), diskBytes: bavail * bsize };
}

async function untilStopped(run: () => Promise<Detail>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof StopAtCheckpoint)) throw error;
  }
}

/** Scales a trial up to the whole run: a full collection, every pass of updates, every prompt of an evaluation. */
async function toWholeRun(
  job: PreflightJob,
  trial: TrialConfig,
  timeline: Timeline,
  summary: TrialSummary,
): Promise<Pick<Measurement, 'phases' | 'setupSeconds' | 'evaluationSeconds' | 'iterations'>> {
  const { data, seed } = resolveRecipeConfig(job.config).config;
  const heldOut = job.isWhole ? (await loadData(data, seed, NOBODY)).heldOut.length : 0;
  const scale = scales(job, trial, timeline, heldOut);
  const phases = Object.entries(summary.phases).map(([name, seconds]) => [
    name,
    seconds * (name === 'update' ? scale.update : scale.collection),
  ]);
  const evaluated = summary.evaluationSeconds;
  return {
    phases: Object.fromEntries(phases),
    // The first evaluation comes before the first iteration and is counted with the others.
    setupSeconds: Math.max(0, summary.setupSeconds - (isOnline(trial) ? (evaluated ?? 0) : 0)) + timeline.moreSetup(),
    evaluationSeconds: evaluated === null ? null : evaluated * scale.evaluation,
    iterations: Math.max(1, scale.iterations),
  };
}

/**
 * Runs the first iterations of a recipe as in a real run, with every model and the real data, and reports what they
 * cost. Writes into the job's scratch folder only.
 */
export async function preflight(job: PreflightJob, { runtime, control, tell }: JobContext): Promise<void> {
  const startedSeconds = process.uptime();
  const baseBytes = process.memoryUsage.rss();
  const room = roomFor(job.scratch);
  const trial = trialConfig(job.config, job.size, job.most);
  const { config } = resolveRecipeConfig(trial);
  const meter = createPeakMeter();
  const observed = observeRuntime(runtime, meter);
  const progress = (phase: string, done: number) =>
    tell({ kind: 'progress', progress: { phase, done, total: 0, unit: 'steps' } });
  progress('opening models and data', 0);
  const timeline = createTimeline(observed, progress);
  const locate = (reference: string) => job.locations[reference] ?? reference;
  const context: RecipeContext<unknown> = {
    runId: 'preflight',
    config,
    runtime: observed.runtime,
    runFolder: job.scratch,
    resumeFrom: null,
    locate,
    emit: timeline.emit,
    control: timeline.control(control, lastStepOf(job), pacing(job)),
  };
  const recipe = (await loadRecipe(config.recipe)) as Recipe<unknown>;
  await untilStopped(() => recipe(context));
  const summary = summarizeTrial(timeline, startedSeconds);
  const seen = { peakBytes: meter.overall(), variables: variableBytes(runtime), steps: [...observed.costs()] };
  const { backend, device, mode, threads } = runtime.device;
  const result: Measurement = {
    device: { backend, device, mode, threads },
    room,
    baseBytes,
    ...seen,
    ...summary,
    ...(await toWholeRun(job, trial as TrialConfig, timeline, summary)),
  };
  if (job.standIn) await writeStandIn(runtime, config, locate, job.standIn);
  tell({ kind: 'result', result });
}
