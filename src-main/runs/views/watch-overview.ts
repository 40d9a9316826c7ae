import { basename } from 'node:path';
import type { OverviewBatch, RunLine } from '#contract/api/runs/overview.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { findRecipe, valueAt } from '#contract/config/index.ts';
import { encodeFloats } from '#contract/float-array.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listChanges } from '../../store/queries/events.ts';
import { readLabels } from '../../store/queries/run-labels.ts';
import { listRuns, listStages, readConfig, readListedRun, readRun } from '../../store/queries/runs.ts';
import { readNewest, readSpark } from '../../store/queries/spark.ts';
import { planResume } from '../host/plan-resume.ts';
import type { RunSignals } from '../host/run-signals.ts';
import { pipelineProgress, planPipeline } from './plan-stages.ts';

const SPARK_PARTS = 40;

/** The current value of a coefficient: from the last manual change, otherwise from the config. */
function coefficientOf(db: ReadableDb, run: Run, config: Detail): RunLine['coefficient'] {
  const path = findRecipe(run.recipe)?.anchor?.path;
  if (!path) return null;
  const changed = listChanges(db, run.number).findLast((change) => change.path === path);
  const value = changed?.value ?? valueAt(config, path);
  return typeof value === 'number' ? { path, value } : null;
}

function sparkOf(db: ReadableDb, run: Run): RunLine['spark'] {
  for (const key of findRecipe(run.recipe)?.figures ?? []) {
    const values = readSpark(db, run.number, key, SPARK_PARTS);
    if (values.length > 0) return { key, values: encodeFloats(values) };
  }
  return null;
}

function datasetOf(config: Detail): string | null {
  const files = valueAt(config, 'data.files');
  return Array.isArray(files) && typeof files[0] === 'string' ? basename(files[0]) : null;
}

/** A run as shown in a list. A pipeline shows the metrics of the last of its stages that has completed a step. */
export function describeLine(db: ReadableDb, run: Run, progressOf: (id: string) => Progress | null): RunLine {
  const { id, number, name, recipe, state, parent, stage, createdAt, startedAt, finishedAt, lastStep } = run;
  const { error, pausedBecause } = run;
  const { resolved: config } = readConfig(db, number);
  const stages = recipe === 'pipeline' ? listStages(db, id) : [];
  const plan = recipe === 'pipeline' ? planPipeline(db, config, stages, progressOf) : null;
  const current =
    [id, ...stages.map((one) => one.id)].map(progressOf).findLast((progress) => progress !== null) ?? null;
  const shown = stages.findLast((one) => one.lastStep !== null) ?? run;
  const model = valueAt(config, 'model');
  return {
    ...{ id, number, name, recipe, state, parent, stage, createdAt, startedAt, finishedAt, lastStep, pausedBecause },
    resumesAt: planResume(db, run),
    model: typeof model === 'string' ? model : null,
    dataset: datasetOf(config),
    coefficient: coefficientOf(db, run, config),
    problem: error?.why ?? run.pausedBecause?.why ?? null,
    progress: plan ? pipelineProgress(run, plan, current) : current,
    plan,
    figures: { ...readNewest(db, shown.number, findRecipe(shown.recipe)?.figures ?? []) },
    spark: sparkOf(db, shown),
    labels: readLabels(db, number),
  };
}

export interface OverviewSources {
  readonly db: ReadableDb;
  readonly signals: RunSignals;
  readonly progressOf: (id: string) => Progress | null;
  /** Returns the actual state of a stored run. */
  readonly shown: (run: Run) => Run;
}

/** At most ten batches per second are sent to a page. */
const GAP_MILLISECONDS = 100;
/** Lines per batch of the initial read. */
const LINES_OF_A_BATCH = 100;
/** Time to read before yielding to other work of the host, so that opening a run meanwhile does not have to wait. */
const TURN_MILLISECONDS = 4;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function readLines({ db, progressOf, shown }: OverviewSources, ids: readonly string[]): OverviewBatch {
  const runs = ids.map((id) => readListedRun(db, id));
  const lines: RunLine[] = runs.flatMap((run) => (run ? [describeLine(db, shown(run), progressOf)] : []));
  return { lines, removed: ids.filter((_, at) => runs[at] === null), isCaughtUp: true };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Reads one batch of the initial read. */
async function readInTurns(sources: OverviewSources, ids: readonly string[]): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  let end = performance.now() + TURN_MILLISECONDS;
  for (const id of ids) {
    lines.push(...readLines(sources, [id]).lines);
    if (performance.now() < end) continue;
    await turn();
    end = performance.now() + TURN_MILLISECONDS;
  }
  return lines;
}

/** A change of a stage is also a change of its pipeline. */
function withParents(db: ReadableDb, ids: readonly string[]): readonly string[] {
  return [...new Set(ids.flatMap((id) => [id, readRun(db, id)?.parent ?? id]))];
}

/**
 * Watches the lines of all runs, newest run first, until the signal aborts. Changes while a reader is slow are sent
 * once, in their latest state, so nothing queues up.
 */
export async function* watchOverview(
  sources: OverviewSources,
  options: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<OverviewBatch> {
  const { db, signals } = sources;
  const { signal, limit } = options;
  let seen = signals.revision();
  const ids = listRuns(db, limit).map((run) => run.id as string);
  for (let at = 0; at === 0 || at < ids.length; at += LINES_OF_A_BATCH) {
    const lines = await readInTurns(sources, ids.slice(at, at + LINES_OF_A_BATCH));
    yield { lines, removed: [], isCaughtUp: at + LINES_OF_A_BATCH >= ids.length };
  }
  while (!signal?.aborted) {
    const changed = signals.changedSince(seen);
    if (changed.length === 0) {
      await signals.nextOfAny(signal);
      continue;
    }
    seen = signals.revision();
    yield readLines(sources, withParents(db, changed));
    await pause(GAP_MILLISECONDS);
  }
}
