import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { PlaceOnCluster } from '#contract/api/clusters.ts';
import type {
  PreflightMessage,
  PreflightReport,
  PreflightStage,
  PreflightWarning,
} from '#contract/api/runs/preflight.ts';
import { parseConfigText, type ResolvedConfig, type ResolvedStage, resolveConfig } from '#contract/config/index.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import { admittedBesidesDisk, checkRequest } from '../admission/check-admission.ts';
import { locateReferences, runReferences } from '../host/artifact-references.ts';
import { deviceOf } from '../host/device-of-run.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { runShortJob } from '../host/run-jobs.ts';
import { type Machine, THIS_MACHINE } from './machine.ts';
import { measureStage, TRIALS } from './measure-stage.ts';
import { StandIns, withoutCertificate } from './stand-ins.ts';

const PREFIX = 'preflight-';

/** Removes leftovers of measurements whose host died. There is one host per data folder. */
function sweep(home: string): void {
  const own = `${PREFIX}${process.pid}-`;
  for (const name of readdirSync(home)) {
    if (name.startsWith(PREFIX) && !name.startsWith(own)) removeBelow(home, join(home, name));
  }
}

/** Creates an empty folder on the disk of the runs, so that writing a checkpoint takes as long as in a run. */
export function makeScratchFolder(home: string): string {
  sweep(home);
  return mkdtempSync(join(home, `${PREFIX}${process.pid}-`));
}

export function removeScratchFolder(home: string, folder: string): void {
  removeBelow(home, folder);
}

export interface PreflightOptions {
  readonly config: string;
  readonly baseFolder: string;
  readonly overrides: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly machine?: Machine;
  /** The cluster on whose node it is measured; null for this machine. */
  readonly on?: PlaceOnCluster | null;
  /** Runs that use the device during the measurement and increase the measured times. */
  readonly activeRuns: () => readonly string[];
}

/** A config to measure; a stage of a pipeline and a run of a study have a name, by which later ones refer to it. */
export interface StageToMeasure {
  readonly stage: string | null;
  readonly file: ResolvedStage['file'];
}

function stagesOf(resolved: ResolvedConfig): readonly StageToMeasure[] {
  return 'stages' in resolved ? resolved.stages : [{ stage: null, file: resolved.file }];
}

function disturbance(activeRuns: readonly string[]): PreflightWarning[] {
  if (activeRuns.length === 0) return [];
  const why = `${activeRuns.join(', ')} ran during the measurement, so the measured times are too long.`;
  return [{ level: 'warning', field: null, why, fix: 'Measure again when no other run is active.' }];
}

function summarize(
  stages: readonly PreflightStage[],
  warnings: PreflightWarning[],
  seconds: number,
): Omit<PreflightReport, 'cluster'> {
  const times = stages.map(({ time }) => time?.totalSeconds ?? null);
  return {
    stages: [...stages],
    totalSeconds: times.includes(null) ? null : times.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    peakBytes: Math.max(0, ...stages.map(({ memory }) => memory.peakBytes)),
    diskBytes: stages.reduce((sum, { disk }) => sum + disk.totalBytes, 0),
    fits: stages.every(({ memory, disk }) => memory.fits && disk.fits),
    warnings,
    measuredSeconds: seconds,
  };
}

interface Progressing {
  readonly index: number;
  readonly count: number;
  readonly stage: string | null;
  /** When each trial began, in all stages. */
  readonly begun: number[];
  readonly clock: () => number;
}

/**
 * Progress of the complete measurement; the first phase of every trial starts with the same word. Time left: as if the
 * trials to come took as long as those before.
 */
function createProgress({ index, count, stage, begun, clock }: Progressing): (phase: string) => PreflightMessage {
  let trial = -1;
  return (phase) => {
    if (phase.startsWith('opening')) {
      trial += 1;
      begun.push(clock());
    }
    const done = index * TRIALS + Math.max(0, trial);
    const total = count * TRIALS;
    const [first = 0, last = 0] = [begun[0], begun.at(-1)];
    const usual = (last - first) / Math.max(1, begun.length - 1);
    const secondsLeft = usual > 0 ? Math.max(0, usual * (total - done) - (clock() - last)) / 1000 : null;
    const open = { total, unit: 'trials', rate: null, secondsLeft };
    return { kind: 'progress', progress: { phase: stage ? `${stage}: ${phase}` : phase, done, ...open } };
  };
}

/** Data shared by the stages of one measurement. */
interface Measuring extends Omit<PreflightOptions, 'config' | 'overrides'> {
  readonly setup: HostSetup;
  readonly machine: Machine;
  readonly limitBytes: number;
  readonly scratch: string;
  readonly standIns: StandIns;
}

async function* measureOne(
  { setup, machine, limitBytes, scratch, standIns, baseFolder, signal, on = null }: Measuring,
  { stage, file }: StageToMeasure,
  progress: (phase: string) => PreflightMessage,
): AsyncGenerator<PreflightMessage, PreflightStage | null> {
  const { locations: known } = locateReferences(setup.store.read, runReferences(file));
  const locations = { ...known, ...standIns.locations(file) };
  const standIn = stage && standIns.folderOf(stage);
  if (stage === 'model_init') {
    yield progress('creating the model');
    const job = { kind: 'model_init' as const, out: standIns.folderOf(stage), options: file };
    for await (const message of runShortJob(setup, { job, folder: baseFolder }, signal)) {
      if (message.kind === 'log') yield message;
    }
  }
  if (stage) standIns.note(stage, file, (text) => locations[text] ?? text);
  if (stage === 'model_init') return null;
  const config = withoutCertificate(file);
  const device = on === null ? null : deviceOf({ on });
  const setting = { setup, config, baseFolder, locations, scratch, standIn, device, signal, progress };
  return yield* measureStage({ stage, setting, machine, limitBytes, home: setup.home });
}

/**
 * Measures what a config will need by running a small part of it. Changes nothing: it writes only to a temporary
 * folder, which is always removed at the end. Throws `config_invalid`, `run_refused`, what the engine throws, and
 * `canceled` if the signal aborts.
 */
export async function* runPreflight(setup: HostSetup, options: PreflightOptions): AsyncGenerator<PreflightMessage> {
  await admittedBesidesDisk(checkRequest(setup, options, options.signal));
  yield* measureStages(
    setup,
    options,
    stagesOf(resolveConfig(parseConfigText(options.config, 'The config'), options.overrides)),
  );
}

/** The same for configs that have been admitted. */
export async function* measureStages(
  setup: HostSetup,
  options: Omit<PreflightOptions, 'config' | 'overrides'>,
  stages: readonly StageToMeasure[],
): AsyncGenerator<PreflightMessage> {
  const start = setup.clock();
  const machine = options.machine ?? THIS_MACHINE;
  const limitBytes = machine.availableMemory();
  const scratch = makeScratchFolder(setup.home);
  const measuring = { ...options, setup, machine, limitBytes, scratch, standIns: new StandIns(scratch) };
  // A job on a cluster holds its processors, whatever else runs there.
  const disturbers = () => (options.on ? [] : options.activeRuns());
  const disturbing = new Set(disturbers());
  const measured: PreflightStage[] = [];
  const timed = { count: stages.length, begun: [], clock: setup.clock };
  try {
    for (const [index, one] of stages.entries()) {
      const progress = createProgress({ ...timed, index, stage: one.stage });
      const stage = yield* measureOne(measuring, one, progress);
      if (stage) measured.push(stage);
      for (const run of disturbers()) disturbing.add(run);
    }
    const seconds = (setup.clock() - start) / 1000;
    const cluster = options.on?.cluster ?? null;
    yield { kind: 'result', result: { ...summarize(measured, disturbance([...disturbing]), seconds), cluster } };
  } finally {
    removeScratchFolder(setup.home, scratch);
  }
}
