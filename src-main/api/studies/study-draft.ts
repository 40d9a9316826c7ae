import type { StudyDraft } from '#contract/api/runs/planned-studies.ts';
import { valueAt } from '#contract/config/index.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { studiesOf } from '../../runs/studies/study-runner.ts';
import { type Config, findCompared, type WithConfig } from './compared-run.ts';
import {
  configByMethod,
  type Method,
  methodBeyondPreset,
  methodsBeside,
  planMethods,
  requireMethod,
} from './method-plan.ts';

/** Around a value: weaker, as it is, and stronger. */
const FACTORS = [0.5, 1, 2] as const;
const SEEDS = 3;

const rounded = (value: number) => Number(value.toPrecision(4));

/** One method with values of its anchor around the planned one, and what its settings keep of the run's own. */
function methodOf(method: Method, config: Config) {
  const { path } = method.anchor;
  const planned = Number(valueAt(config, path));
  const { [path.split('.').at(-1)!]: _anchor, ...own } = methodBeyondPreset(method, config);
  const values = planned > 0 ? FACTORS.map((factor) => rounded(factor * planned)) : [planned];
  return {
    recipe: method.name,
    ...(Object.keys(own).length > 0 && { config: { method: own } }),
    grid: { [path]: values },
  };
}

function seedsFrom(first: unknown): readonly number[] {
  const seed = typeof first === 'number' ? first : 0;
  return Array.from({ length: SEEDS }, (_, at) => seed + at);
}

/** A study that repeats a run with every method that has an anchor. Throws `not_a_policy_run`. */
function draftFromRun(host: RunHost, from: WithConfig): StudyDraft {
  const methods = methodsBeside(requireMethod(from));
  const plan = planMethods(host.setup.store.read, from);
  const configs = methods.map((method) => configByMethod(method, from, plan));
  const { recipe: _recipe, name: _name, seed, method: _method, ...base } = configs[0]!;
  const config = {
    ...{ version: 1, recipe: 'study', name: `${String(from.config.name).slice(0, 50)} study` },
    notes: `Repeats ${from.run.id} with ${methods.length} methods.`,
    seeds: seedsFrom(seed),
    base,
    methods: methods.map((method, at) => methodOf(method, configs[at]!)),
    reading: { by: from.config.judge ? 'judge' : 'reward' },
  };
  return { config, baseFolder: from.run.baseFolder };
}

/** What a new study can start from: an earlier study's config, or a run's. Throws `study_unplanned`, `run_unknown`. */
export function draftStudy(host: RunHost, source: { readonly id: number } | { readonly run: string }): StudyDraft {
  if ('run' in source) return draftFromRun(host, findCompared(host, source.run));
  const { study, baseFolder } = studiesOf(host).known(source.id);
  return { config: { ...study, name: `${study.name.slice(0, 54)} again` }, baseFolder };
}
