import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Change } from '#contract/api/runs/run-records.ts';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { EngineEvent, EngineReport, Workers } from '#engine/protocol.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '#engine/runtime/environment.ts';

const ENTRY = join(import.meta.dirname, '../../src-main/engine/process.ts');

export interface EngineRunOptions {
  readonly config: Readonly<Record<string, unknown>>;
  readonly runFolder: string;
  readonly resumeFrom: string | null;
  readonly mode?: 'compiled' | 'eager';
  /** Changes by hand of an earlier part of the run. */
  readonly changes?: readonly Change[];
  readonly env?: Readonly<Record<string, string>>;
  /** The group that computes the run's models. */
  readonly workers?: Workers;
  /** A program with arguments that runs the engine's command line, such as a tracer. */
  readonly wrap?: readonly string[];
  /** Called with each event; may kill the process or send a command. */
  readonly onEvent?: (event: EngineEvent, process: ChildProcess) => void;
}

export interface EngineRunResult {
  readonly events: readonly EngineEvent[];
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

/** Runs a recipe in an engine process of its own, as the host does, and collects what it tells. */
export function runEngine(options: EngineRunOptions): Promise<EngineRunResult> {
  const { file } = resolveRecipeConfig(options.config);
  const events: EngineEvent[] = [];
  const command = [...(options.wrap ?? []), process.execPath, '--disable-warning=ExperimentalWarning', ENTRY];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: {
      ...process.env,
      ...engineEnvironment({ ...DEFAULT_ENGINE_SETTINGS, threads: 1 }),
      KEEL_ENGINE_MODE: options.mode ?? 'compiled',
      ...options.env,
    },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message) => {
      const event = message as EngineEvent;
      events.push(event);
      if (event.kind === 'ready') child.send({ kind: 'start', job: runJob(options, file) });
      options.onEvent?.(event, child);
    });
    child.on('close', (code, signal) => resolve({ events, code, signal }));
  });
}

/** The request that the host makes of an engine for a run with a resolved config. */
export function runJob(
  options: Pick<EngineRunOptions, 'runFolder' | 'resumeFrom' | 'changes' | 'workers'>,
  config: Readonly<Record<string, unknown>>,
) {
  return {
    kind: 'run',
    runId: '20260101-000000-test',
    recipe: config.recipe,
    config,
    runFolder: options.runFolder,
    resumeFrom: options.resumeFrom,
    changes: options.changes ?? [],
    locations: {},
    settings: null,
    workers: options.workers ?? null,
  };
}

const OF_THE_MACHINE = /^(time|system)\//;

/** Metric values by "key@step"; of a step told twice the values must agree. Times and memory are left out. */
export function metricRows(events: readonly (EngineEvent | EngineReport)[], into = new Map<string, number>()) {
  for (const event of events) {
    if (event.kind !== 'metrics') continue;
    for (const { key, value } of event.points) {
      if (OF_THE_MACHINE.test(key)) continue;
      const name = `${key}@${event.step}`;
      const known = into.get(name);
      if (known !== undefined && !Object.is(known, value))
        throw new Error(`${name} was ${known} and is ${value} after a resume`);
      into.set(name, value);
    }
  }
  return into;
}
