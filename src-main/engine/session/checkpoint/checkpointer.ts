import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readExactJson, writeExactJson } from '#contract/exact-json.ts';
import { readVariables, weightBytes, writeVariables } from '../../model/files/variable-files.ts';
import type { Variables } from '../../runtime/types.ts';
import type { Asked, Change, Emit, Point, RecipeContext } from '../context.ts';
import { checkpointName, verifyCheckpoint, writeCheckpoint } from './checkpoints.ts';
import { StopAtCheckpoint } from './stop-at-checkpoint.ts';

const STATE = 'state.json';
/** File of the variables below `<group>/`. */
const fileOf = (group: string) => `${group}.safetensors`;

export interface CheckpointPolicy {
  /** Seconds between two checkpoints. */
  readonly intervalSeconds: number;
  /** Number of steps between two checkpoints, in addition to the seconds; null for none. */
  readonly intervalSteps: number | null;
}

interface StepMetrics {
  readonly step: number;
  readonly points: readonly Point[];
}

interface SavedState<State> {
  readonly state: State;
  readonly changes: readonly Change[];
  /** Step of the best checkpoint so far. */
  readonly bestStep: number | null;
  /** Metrics since the second-last checkpoint: a host that died before storing them receives them again. */
  readonly recentMetrics: readonly StepMetrics[];
}

export interface EndOfStep {
  /** True if a checkpoint was requested. */
  readonly now: boolean;
  readonly isBest: boolean;
  /** The first step of a suspicion of the doctor that is still open. */
  readonly suspectedSince: number | null;
}

export interface Checkpointer<State> {
  /** The state to resume from, with variables already restored; null for a fresh run. */
  restore(): State | null;
  metrics(step: number, points: readonly Point[]): void;
  /** All values reported for a step so far, by key. */
  valuesAt(step: number): Readonly<Record<string, number>>;
  /** Ends a step: writes a checkpoint if one is due or requested, or later as soon as the disk has room. */
  endStep(step: number, state: State, end: EndOfStep): void;
  /**
   * The newest checkpoint that was the best when it was written; null if there is none, or if a rollback has discarded
   * it.
   */
  best(): { readonly step: number; readonly folder: string } | null;
  /** Unwinds the recipe after a stop request, with a checkpoint of the state if requested. */
  stop(step: number, state: State, asked: Asked): never;
}

function valuesOf(steps: readonly StepMetrics[]): Readonly<Record<string, number>> {
  return Object.fromEntries(steps.flatMap(({ points }) => points.map(({ key, value }) => [key, value] as const)));
}

/** Largest share of a run's time that checkpoints due by time alone may take. */
const WRITING_SHARE = 0.02;

/** Whether a checkpoint is due, by the seconds since the last one and those that it took to write. */
function isDue(passed: number, interval: number, writeSeconds: number): boolean {
  return interval === 0 || passed >= Math.max(interval, writeSeconds / WRITING_SHARE);
}

/** The metrics since the second-last checkpoint. */
function createRecentMetrics() {
  let before: readonly StepMetrics[] = [];
  let since: StepMetrics[] = [];
  return {
    add: (metrics: StepMetrics) => void since.push(metrics),
    all: () => [...before, ...since],
    valuesAt: (step: number) => valuesOf(since.filter((one) => one.step === step)),
    /** Called once a checkpoint has been written. */
    written() {
      before = since;
      since = [];
    },
  };
}

/** Bytes for names, shapes and the manifest of a checkpoint's files. */
const HEADER_BYTES = 2 ** 20;

function fillCheckpoint(folder: string, variables: Variables, groups: readonly string[], state: string): void {
  for (const group of groups) writeVariables(join(folder, `${group}.safetensors`), variables, `${group}/`);
  writeFileSync(join(folder, 'state.json'), state);
}

/** Reads a checkpoint that {@link fillCheckpoint} filled: its variables into place, its state as the result. */
function readCheckpoint<State>(folder: string, groups: readonly string[], variables: Variables) {
  const { step } = verifyCheckpoint(folder, [STATE, ...groups.map(fileOf)]);
  const saved = readExactJson(readFileSync(join(folder, STATE), 'utf8')) as SavedState<State>;
  for (const group of groups) readVariables(join(folder, fileOf(group)), variables);
  return { step, saved };
}

/** Reports a checkpoint that was skipped when the run ended. */
function tellSkipped(emit: Emit, step: number, savedStep: number): void {
  const why = 'the disk was full when the run was stopped';
  emit.event('checkpoint_not_written', step, 'warning', { why, lastCheckpoint: savedStep > 0 ? savedStep : null });
}

function bestOnDisk(runFolder: string, step: number): ReturnType<Checkpointer<unknown>['best']> {
  const folder = join(runFolder, checkpointName(step));
  return existsSync(folder) ? { step, folder } : null;
}

/**
 * Decides when a checkpoint is due and what it contains: every variable below the groups, the recipe's state, the
 * manual changes and the latest metrics. If writing one takes long, those that are due by time alone come less often,
 * so that writing takes at most 2% of the run's time; an interval of 0 writes one at every step regardless.
 * @param groups first parts of variable names; each becomes one safetensors file.
 * @param now milliseconds of a monotonic clock.
 */
export function createCheckpointer<State>(
  context: Pick<RecipeContext<unknown>, 'runtime' | 'runFolder' | 'resumeFrom' | 'emit' | 'control'>,
  groups: readonly string[],
  policy: CheckpointPolicy,
  now: () => number = () => performance.now(),
): Checkpointer<State> {
  const { runFolder, resumeFrom, emit, control, runtime } = context;
  const { variables } = runtime;
  let savedAt = now();
  let writeSeconds = 0;
  let savedStep = 0;
  let lastSuspicion: number | null = null;
  let bestStep: number | null = null;
  const recent = createRecentMetrics();

  function save(step: number, state: State, { isBest, suspectedSince }: Omit<EndOfStep, 'now'>): void {
    if (isBest) bestStep = step;
    const saved: SavedState<State> = { state, bestStep, recentMetrics: recent.all(), changes: control.changes() };
    const text = writeExactJson(saved);
    const neededBytes = weightBytes(variables, groups) + text.length + HEADER_BYTES;
    const fill = (folder: string) => fillCheckpoint(folder, variables, groups, text);
    const write = () => {
      const start = now();
      const written = writeCheckpoint(runFolder, step, fill, neededBytes);
      emit.checkpoint({ step, isBest, bestStep: saved.bestStep, suspectedSince, ...written });
      recent.written();
      savedAt = now();
      writeSeconds = (savedAt - start) / 1000;
      savedStep = step;
    };
    control.attempt({ path: runFolder, neededBytes, write, giveUp: () => tellSkipped(emit, step, savedStep) });
  }

  return {
    restore() {
      if (!resumeFrom) return null;
      const { step, saved } = readCheckpoint<State>(resumeFrom, groups, variables);
      for (const { step: past, points } of saved.recentMetrics) emit.metrics(past, points);
      savedStep = step;
      bestStep = saved.bestStep;
      return saved.state;
    },
    metrics(step, points) {
      recent.add({ step, points });
      emit.metrics(step, points);
    },
    valuesAt: recent.valuesAt,
    endStep(step, state, end) {
      lastSuspicion = end.suspectedSince;
      const dueByTime = isDue((now() - savedAt) / 1000, policy.intervalSeconds, writeSeconds);
      const dueBySteps = policy.intervalSteps !== null && step - savedStep >= policy.intervalSteps;
      if (end.now || end.isBest || dueByTime || dueBySteps) save(step, state, end);
    },
    best: () => (bestStep === null ? null : bestOnDisk(runFolder, bestStep)),
    stop(step, state, asked) {
      if (asked.checkpoint && step > savedStep) save(step, state, { isBest: false, suspectedSince: lastSuspicion });
      throw new StopAtCheckpoint();
    },
  };
}
