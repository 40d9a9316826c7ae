import type { Run } from '#contract/api/runs/run-state.ts';
import type { ComparedRun } from '#contract/api/runs/studies.ts';
import { findRecipe, valueAt } from '#contract/config/index.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';
import { listSampleSteps } from '../../store/queries/samples.ts';

export type Config = Readonly<Record<string, unknown>>;

/** A run with its resolved config, as all comparisons need it. */
export interface WithConfig {
  readonly run: Run;
  readonly config: Config;
}

/** The run to compare: for a pipeline, the last stage that trains a policy. Throws `run_unknown`, `run_ambiguous`. */
export function findCompared(host: RunHost, wanted: string): WithConfig {
  const { read } = host.setup.store;
  const named = host.find(wanted);
  const stages = named.recipe === 'pipeline' ? listStages(read, named.id) : [];
  const run = stages.findLast(({ recipe }) => findRecipe(recipe)?.kind === 'online') ?? stages.at(-1) ?? named;
  return { run, config: readConfig(read, run.number).resolved };
}

/** The field that limits how far a policy moves from its starting point, with its value. */
export function anchorOf({ run, config }: WithConfig): ComparedRun['anchor'] {
  const path = findRecipe(run.recipe)?.anchor?.path;
  const value = path && valueAt(config, path);
  return path && typeof value === 'number' ? { path, value } : null;
}

/** The config without the fields that may differ between seeds of one experiment. */
function seedless({ config }: WithConfig): string {
  const { seed: _seed, name: _name, ...rest } = config;
  return JSON.stringify(rest);
}

/** Describes each run for a comparison; runs whose configs differ only in their seed form one group. */
export function describeCompared(host: RunHost, all: readonly WithConfig[]): ComparedRun[] {
  const groups = [...new Set(all.map(seedless))];
  return all.map((each) => {
    const { id, name, recipe, state, lastStep, number } = each.run;
    return {
      ...{ id, name, recipe, state, lastStep },
      seed: typeof each.config.seed === 'number' ? each.config.seed : null,
      anchor: anchorOf(each),
      group: groups.indexOf(seedless(each)),
      hasSamples: listSampleSteps(host.setup.store.read, number).length > 0,
    };
  });
}
