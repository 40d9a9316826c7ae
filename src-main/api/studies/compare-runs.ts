import type {
  ComparedRun,
  Comparison,
  ConfigDifference,
  EvaluationPoint,
  RunStop,
  SummaryRow,
} from '#contract/api/runs/studies.ts';
import { RECIPE_NAMES, resolveRecipeConfig } from '#contract/config/index.ts';
import { metricCatalog } from '#contract/metrics/catalog.ts';
import { groupInterval, type SeedValues } from '#contract/statistics/clustered-mean.ts';
import { proposeStop } from '#contract/statistics/frontier.ts';
import { halfWidth } from '#contract/statistics/mean-interval.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listCheckpoints } from '../../store/queries/checkpoints.ts';
import { listKeys, readSeries } from '../../store/queries/metrics.ts';
import { listSampleSteps } from '../../store/queries/samples.ts';
import { type Config, describeCompared, findCompared, type WithConfig } from './compared-run.ts';
import { type PromptValues, promptValues } from './prompt-values.ts';

/** What "best" means, and in which direction: the first of these keys that a run has. */
const MERITS = [
  ['eval/judge', 1],
  ['eval/reward', 1],
  ['eval/accuracy', 1],
  ['eval/loss', -1],
] as const;

const SUMMARIZED = [
  'eval/reward',
  'eval/judge',
  'eval/win_rate',
  'eval/judge_win_rate',
  'eval/kl_exact',
  'eval/entropy_per_token',
  'eval/response_length',
  'eval/ended_by_stop',
  'eval/accuracy',
  'eval/loss',
] as const;

type Series = readonly { readonly step: number; readonly value: number }[];

function bestStep(seriesOf: (key: string) => Series): number | null {
  for (const [key, sign] of MERITS) {
    const known = seriesOf(key).filter(({ value }) => Number.isFinite(value));
    const [first, ...others] = known;
    if (!first) continue;
    return others.reduce((best, point) => (sign * point.value > sign * best.value ? point : best), first).step;
  }
  return null;
}

interface Member {
  readonly series: ReadonlyMap<string, Series>;
  readonly best: number | null;
  readonly values: PromptValues;
}

function seedAt({ series, values }: Member, key: string, step: number | null | undefined): readonly SeedValues[] {
  const point = series.get(key)!.find((each) => each.step === step);
  return point ? [{ mean: point.value, prompts: values.at(key, point.step) }] : [];
}

/** One row per group and metric: over its runs, the value at the last evaluation and at each run's best. */
function summarizeGroups(
  db: ReadableDb,
  runs: readonly (ComparedRun & { readonly number: number; readonly values: PromptValues })[],
): SummaryRow[] {
  const groups = [...new Set(runs.map(({ group }) => group))].sort((one, other) => one - other);
  return groups.flatMap((group) => {
    const members = runs
      .filter((run) => run.group === group)
      .map(({ number, values }): Member => {
        const series = new Map(SUMMARIZED.map((key) => [key as string, readSeries(db, number, key) as Series]));
        return { series, best: bestStep((key) => series.get(key) ?? []), values };
      });
    return SUMMARIZED.flatMap((key) => {
      const having = members.filter(({ series }) => series.get(key)!.length > 0);
      if (having.length === 0) return [];
      const last = having.flatMap((member) => seedAt(member, key, member.series.get(key)!.at(-1)!.step));
      const best = having.flatMap((member) => seedAt(member, key, member.best));
      const isShare = metricCatalog[key].unit === 'share';
      return [{ group, key, last: groupInterval(last, isShare), best: groupInterval(best, isShare) }];
    });
  });
}

/** The expected number of prompts from the config, for evaluations that did not report one. */
function promptsOf(config: Config): number {
  const { num_prompts: prompts } = (config.evaluation ?? {}) as Config;
  return typeof prompts === 'number' ? prompts : 0;
}

/** Every evaluation of a run that has a KL and a reward, in order of steps. */
function evaluationPoints(db: ReadableDb, { run, config }: WithConfig): EvaluationPoint[] {
  const series = (key: string) => new Map(readSeries(db, run.number, key).map(({ step, value }) => [step, value]));
  const [kl, reward, rewardStd] = [series('eval/kl_exact'), series('eval/reward'), series('eval/reward_std')];
  const [judge, judgeStd, prompts] = [series('eval/judge'), series('eval/judge_std'), series('eval/prompts')];
  return [...reward].flatMap(([step, value]) => {
    const distance = kl.get(step);
    if (distance === undefined) return [];
    const n = prompts.get(step) ?? promptsOf(config);
    const half = (deviation: number | undefined) => {
      const width = deviation === undefined ? Number.NaN : halfWidth(deviation, n);
      return Number.isFinite(width) ? width : null;
    };
    return [
      {
        step,
        kl: distance,
        reward: value,
        rewardHalf: half(rewardStd.get(step)),
        judge: judge.get(step) ?? null,
        judgeHalf: half(judgeStd.get(step)),
      },
    ];
  });
}

/** Where to stop a run by one measure, with intervals paired by prompt. */
function stopBy(measure: 'reward' | 'judge', points: readonly EvaluationPoint[], values: PromptValues): RunStop | null {
  const known = points.flatMap(({ step, kl, [measure]: value, [`${measure}Half` as const]: half }) => {
    return value === null ? [] : [{ step, kl, value, half }];
  });
  const stop = proposeStop(known, (from, to) => values.change(`eval/${measure}`, from, to));
  if (!stop) return null;
  const { last, ...rest } = stop;
  const isOverOptimized = values.isOverOptimized(stop.step, last.step);
  return { ...rest, last: { step: last.step, value: last.value }, isOverOptimized };
}

function evaluationsOf(db: ReadableDb, each: WithConfig, values: PromptValues): Comparison['evaluations'][number] {
  const points = evaluationPoints(db, each);
  const [first, last] = [points[0], points.at(-1)];
  return {
    points,
    kept: listCheckpoints(db, each.run.number)
      .filter(({ removedBecause }) => removedBecause === null)
      .map(({ step }) => step),
    stops: { reward: stopBy('reward', points, values), judge: stopBy('judge', points, values) },
    isOverOptimized: first !== undefined && last !== undefined && values.isOverOptimized(first.step, last.step),
  };
}

/** Shown elsewhere, or expected to differ. */
const LEFT_OUT = new Set(['name', 'version']);

function isGroup(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All values of a config by path; a list counts as one value. */
function flatten(config: Config, at = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const path = at ? `${at}.${key}` : key;
    return isGroup(value) && Object.keys(value).length > 0 ? flatten(value, path) : [[path, value] as const];
  });
}

function changedPaths(config: Config): readonly string[] {
  if (!RECIPE_NAMES.some((name) => name === config.recipe)) return [];
  return resolveRecipeConfig(config).changed.map(({ path }) => path);
}

/** The fields that differ between the configs, in the order of the first config that has them. */
export function configDifferences(configs: readonly Config[]): ConfigDifference[] {
  const values = configs.map((config) => new Map(flatten(config)));
  const changed = configs.map(changedPaths);
  const paths = [...new Set(values.flatMap((map) => [...map.keys()]))].filter((path) => !LEFT_OUT.has(path));
  return paths
    .filter((path) => new Set(values.map((map) => (map.has(path) ? JSON.stringify(map.get(path)) : ''))).size > 1)
    .map((path) => ({
      path,
      values: values.map((map, index) => {
        if (!map.has(path)) return null;
        const isChanged = changed[index]!.some((each) => path === each || path.startsWith(`${each}.`));
        return { value: map.get(path), isChanged };
      }),
    }));
}

/** A side-by-side comparison of runs without their series. Throws `run_unknown`, `run_ambiguous`. */
export function compareRuns(host: RunHost, wanted: readonly string[]): Comparison {
  const { read } = host.setup.store;
  const found = wanted.map((each) => findCompared(host, each));
  const all = [...new Map(found.map((each) => [each.run.id, each])).values()];
  const runs = describeCompared(host, all);
  const values = all.map(({ run }) => promptValues(read, run.number, listSampleSteps(read, run.number)[0]?.step ?? 0));
  const numbered = runs.map((run, at) => ({ ...run, number: all[at]!.run.number, values: values[at]! }));
  return {
    runs,
    differences: configDifferences(all.map(({ config }) => config)),
    evaluations: all.map((each, at) => evaluationsOf(read, each, values[at]!)),
    summaries: summarizeGroups(read, numbered),
    keys: [...new Set(all.flatMap(({ run }) => listKeys(read, run.number)))].sort(),
  };
}
