import { basename } from 'node:path';
import type { RunLine } from '#contract/api/runs/overview.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { findRecipe } from '#contract/config/index.ts';
import { encodeFloats } from '#contract/float-array.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listChanges } from '../../store/queries/events.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';
import { readNewest, readSpark } from '../../store/queries/spark.ts';
import { planResume } from '../host/plan-resume.ts';

const SPARK_PARTS = 40;
function valueAt(config: Detail, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Detail | undefined)?.[key], config);
}

/** A coefficient as it is in force: the last change by hand, or the config's. */
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

/** A run as a list shows it. A pipeline shows what its newest stage with numbers does. */
export function describeLine(db: ReadableDb, run: Run, progressOf: (id: string) => Progress | null): RunLine {
  const { id, number, name, recipe, state, parent, stage, createdAt, startedAt, finishedAt, lastStep } = run;
  const { error, pausedBecause } = run;
  const { resolved: config } = readConfig(db, number);
  const stages = recipe === 'pipeline' ? listStages(db, id) : [];
  const shown = stages.findLast((one) => one.lastStep !== null) ?? run;
  const model = valueAt(config, 'model');
  return {
    ...{ id, number, name, recipe, state, parent, stage, createdAt, startedAt, finishedAt, lastStep, pausedBecause },
    resumesAt: planResume(db, run),
    model: typeof model === 'string' ? model : null,
    dataset: datasetOf(config),
    coefficient: coefficientOf(db, run, config),
    problem: error?.why ?? run.pausedBecause?.why ?? null,
    progress: [id, ...stages.map((one) => one.id)].map(progressOf).findLast((progress) => progress !== null) ?? null,
    figures: { ...readNewest(db, shown.number, findRecipe(shown.recipe)?.figures ?? []) },
    spark: sparkOf(db, shown),
  };
}
