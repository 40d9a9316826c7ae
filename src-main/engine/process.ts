import './refuse-network.ts';

import process from 'node:process';
import { createStopCounter } from '#contract/count-stops.ts';
import { isKeelErrorShape, KeelError, type KeelErrorShape } from '#contract/errors.ts';
import { typedDiskError } from '../disk/disk-full.ts';
import { runJob } from './jobs/index.ts';
import type { JobContext } from './jobs/job-context.ts';
import { openInternetSockets } from './network-guard.ts';
import { commandSchema, type EngineCommand, type EngineReport, type Job, LAST_EVENTS } from './protocol.ts';
import { networkGuard } from './refuse-network.ts';
import { startRuntime } from './runtime/start-runtime.ts';
import type { Change } from './session/context.ts';
import { type ControlDesk, type ControlReport, createControl } from './session/control.ts';

/**
 * The process of one job, or of the jobs of a conversation. The host spawns it with its environment set; the process sends
 * `ready`, accepts a `start`, reports events and exits; if it is to stay, it accepts the next `start` instead. It opens no database and no socket, and exits when the channel to the host closes. The
 * network is blocked before anything else is loaded, and every attempt is reported.
 */

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const isNewStop = createStopCounter(() => performance.now());
/** Control of a run that no outside signal has stopped yet. */
let runControl: ControlDesk | null = null;

let sequence = 0;
let unsent = Promise.resolve();

function tell(report: EngineReport): void {
  if (LAST_EVENTS.has(report.kind)) tellNetwork();
  sequence += 1;
  const message = { ...report, sequence };
  unsent = unsent.then(() => new Promise<void>((resolve) => process.send?.(message, () => resolve())));
}

function tellNetwork(): void {
  const { attempts } = networkGuard;
  tell({ kind: 'network', calls: attempts.length, last: attempts.at(-1) ?? null, openSockets: openInternetSockets() });
}

async function leave(code: number): Promise<never> {
  await unsent;
  process.exit(code);
}

function bugShape(error: unknown): KeelErrorShape {
  return {
    code: 'engine_bug',
    why: `The engine failed: ${error instanceof Error ? error.message : String(error)}.`,
    fix: "Resume the run from its last checkpoint. If it fails again, report the problem and attach the run's log.",
    kind: 'expected',
  };
}

/** Returns whether the error is a known one, after which the process can go on. */
function tellFailure(thrown: unknown): boolean {
  const error = typedDiskError(thrown, process.cwd());
  const known = error instanceof KeelError ? error.toShape() : isKeelErrorShape(error) ? error : null;
  const { faults, ...shape } = known ?? bugShape(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ kind: 'failed', error: { ...shape, ...(faults && { faults: [...faults] }) }, ...(known ? {} : { stack }) });
  return known !== null;
}

function tellControl(report: ControlReport): void {
  tell(report);
}

function recordedChanges(job: Job): readonly Change[] {
  return job.kind === 'run' ? job.changes : [];
}

async function main(): Promise<void> {
  const environment = process.env;
  const runtime = await startRuntime({
    binding: environment.KEEL_ENGINE_BINDING || null,
    mode: environment.KEEL_ENGINE_MODE === 'eager' ? 'eager' : 'compiled',
  });
  const { device } = runtime;
  const { threads, opThreads, onednn, xla, computeDtype, mode, backend } = device;
  const deterministic = environment.TF_DETERMINISTIC_OPS === '1';
  const settings = { threads, opThreads, onednn, xla, computeDtype, mode, backend, deterministic };
  let control: ReturnType<typeof createControl> | null = null;
  const early: EngineCommand[] = [];

  function receive(command: EngineCommand): void {
    if (command.kind === 'start') start(command.job, command.stays === true);
    else if (control) control.receive(command);
    else early.push(command);
  }

  function start(job: Job, stays: boolean): void {
    const desk = createControl(recordedChanges(job), tellControl, {
      waitsForDisk: job.kind === 'run',
      goesOn: job.kind === 'run' && job.goesOn,
    });
    control = desk;
    if (job.kind === 'run') runControl = desk;
    for (const command of early.splice(0)) receive(command);
    const context: JobContext = { runtime, control: desk, tell };
    runJob(job, context)
      .then(() => stays)
      .catch((error: unknown) => tellFailure(error) && stays)
      .then((remains) => (remains ? undefined : leave(0)));
  }

  process.on('message', (message) => receive(commandSchema.parse(message)));
  tell({ kind: 'ready', device: { ...device }, settings });
  tellNetwork();
  networkGuard.onAttempt(tellNetwork);
}

/**
 * Stops a run as its host would, with a checkpoint: a service manager that ends a program also signals this process,
 * and the work since the last checkpoint must not be lost. Every other job ends immediately, as it does on a second
 * signal.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (!isNewStop()) return;
  if (runControl) {
    tell({ kind: 'log', level: 'warning', text: `Received ${signal}; writing a checkpoint and stopping the run.` });
    runControl.receive({ kind: 'stop', checkpoint: true });
    runControl = null;
    return;
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

process.on('disconnect', () => process.exit(1));
for (const signal of ENDING) process.on(signal, onSignal);
main().catch((error: unknown) => {
  tellFailure(error);
  void leave(1);
});
