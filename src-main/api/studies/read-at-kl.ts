import type { Run } from '#contract/api/runs/run-state.ts';
import type { ComparedRun } from '#contract/api/runs/studies.ts';
import type { ReadCell, StudyReading } from '#contract/api/runs/study-reading.ts';
import { metricCatalog } from '#contract/metrics/catalog.ts';
import { groupInterval, type SeedValues } from '#contract/statistics/clustered-mean.ts';
import { COMPARISON_METHOD } from '#contract/statistics/compare-methods.ts';
import { finitePoints, readFrontier } from '#contract/statistics/frontier.ts';
import { predictionInterval } from '#contract/statistics/prediction.ts';
import { compareAll, type Pair, SIMULTANEOUS_METHOD } from '#contract/statistics/simultaneous.ts';
import { cellName } from '#contract/study/words.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readSeries } from '../../store/queries/metrics.ts';
import { listSampleSteps } from '../../store/queries/samples.ts';
import { describeCompared, findCompared } from './compared-run.ts';
import { type PromptValues, promptValues } from './prompt-values.ts';

/** What is told beside the measure: the other score, distance, and whether the text is still fluent and varied. */
const BESIDE = [
  'eval/judge',
  'eval/reward',
  'eval/kl_exact',
  'eval/reference_logprob_per_token',
  'eval/entropy_per_token',
  'eval/distinct_replies',
  'eval/response_length',
] as const;

type Key = (typeof BESIDE)[number];

/** Between which evaluations a run is read: the second has this weight, the first the rest. */
interface Place {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

interface Wanted {
  readonly kl: number | null;
  readonly by: 'reward' | 'judge';
  readonly within: boolean;
  /** Whether groups are compared with each other, and other metrics told; a plot needs only the means of the measure. */
  readonly pairwise?: boolean;
}

/** Names of configurations by run, where the config of a study says more than the runs do. */
export type RunNames = ReadonlyMap<string, string>;

interface Member {
  readonly series: (key: Key) => ReadonlyMap<number, number>;
  readonly values: PromptValues;
}

const mix = (from: number, to: number, weight: number) => (weight === 1 ? to : from + weight * (to - from));

/** Where a run is read; null if it never was that far away. */
function placeOf({ series }: Member, key: Key, { kl, within }: Wanted): Place | null {
  const distance = series('eval/kl_exact');
  const points = [...series(key)].flatMap(([step, value]) => {
    const far = distance.get(step);
    return far === undefined ? [] : [{ step, kl: far, value, half: null }];
  });
  const reading = kl === null ? null : readFrontier(points, kl);
  if (reading) return { from: reading.fromStep, to: reading.toStep, weight: reading.toWeight };
  const last = finitePoints(points).at(-1);
  const isEnd = last !== undefined && (kl === null || (within && last.kl < kl));
  return isEnd ? { from: last.step, to: last.step, weight: 1 } : null;
}

/** A run's value there, prompt by prompt if it kept them. */
function valueThere({ series, values }: Member, key: Key, { from, to, weight }: Place): SeedValues | null {
  const [before, after] = [series(key).get(from), series(key).get(to)];
  if (before === undefined || after === undefined) return null;
  const [earlier, later] = [values.at(key, from), values.at(key, to)];
  const shared = [...(later ?? [])].flatMap(([prompt, value]) => {
    const first = earlier?.get(prompt);
    return first === undefined ? [] : [[prompt, mix(first, value, weight)] as const];
  });
  return { mean: mix(before, after, weight), prompts: shared.length > 0 ? new Map(shared) : null };
}

/** How much more it is there than at the run's start, prompt by prompt, so that what makes a prompt hard cancels. */
function gainThere(member: Member, key: Key, place: Place): SeedValues | null {
  const [start] = member.series(key).keys();
  if (start === undefined) return null;
  const [there, first] = [
    valueThere(member, key, place),
    valueThere(member, key, { from: start, to: start, weight: 1 }),
  ];
  if (!there || !first) return null;
  const shared = [...(there.prompts ?? [])].flatMap(([prompt, value]) => {
    const before = first.prompts?.get(prompt);
    return before === undefined ? [] : [[prompt, value - before] as const];
  });
  return { mean: there.mean - first.mean, prompts: shared.length > 0 ? new Map(shared) : null };
}

function memberOf(db: ReadableDb, run: number): Member {
  const known = new Map<Key, ReadonlyMap<number, number>>();
  const series = (key: Key) => {
    const found = known.get(key) ?? new Map(readSeries(db, run, key).map(({ step, value }) => [step, value]));
    known.set(key, found);
    return found;
  };
  return { series, values: promptValues(db, run, listSampleSteps(db, run)[0]?.step ?? 0) };
}

/** What was read of finished runs, which does not change any more: a study is looked at again and again while it goes on. */
const finished = new WeakMap<ReadableDb, Map<number, { readonly at: string; readonly member: Member }>>();

function keptMember(db: ReadableDb, { number, state, lastStep, finishedAt }: Run): Member {
  if (state !== 'finished') return memberOf(db, number);
  const known = finished.get(db) ?? new Map();
  finished.set(db, known);
  const found = known.get(number);
  const at = `${lastStep} ${finishedAt}`;
  if (found?.at === at) return found.member;
  const member = memberOf(db, number);
  known.set(number, { at, member });
  return member;
}

interface Read {
  readonly cell: ReadCell;
  readonly seeds: readonly SeedValues[];
}

type OpenRun = ComparedRun & { readonly member: Member; readonly title: string };

function readCell(group: number, members: readonly OpenRun[], wanted: Wanted, key: Key): Read {
  const places = members.flatMap(({ member }) => {
    const place = placeOf(member, key, wanted);
    return place ? [{ member, place }] : [];
  });
  const seedsOf = (each: Key) => places.flatMap(({ member, place }) => valueThere(member, each, place) ?? []);
  const seeds = seedsOf(key);
  const keys = wanted.pairwise === false ? [key] : [key, ...BESIDE.filter((each) => each !== key)];
  const { recipe, anchor, title: name } = members[0]!;
  const values = keys.flatMap((each) => {
    const found = seedsOf(each);
    return found.length === 0 ? [] : [{ key: each, ...groupInterval(found, metricCatalog[each].unit === 'share') }];
  });
  const gains = places.flatMap(({ member, place }) => gainThere(member, key, place) ?? []);
  const gain = gains.length > 0 ? groupInterval(gains) : null;
  const means = seeds.map(({ mean }) => mean).filter(Number.isFinite);
  // Seeds that do not differ say nothing about how far the next one may lie.
  const predicted = new Set(means).size > 1 ? predictionInterval(means) : null;
  return {
    seeds,
    cell: { group, name, recipe, anchor, reached: places.length, of: members.length, values, gain, predicted },
  };
}

/** Between methods; between all groups if there is only one method. */
function pairsOf(cells: readonly ReadCell[]): readonly Pair[] {
  const all = cells.flatMap((_, a) => cells.slice(a + 1).map((_one, b): Pair => [a, a + 1 + b]));
  const between = all.filter(([a, b]) => cells[a]!.recipe !== cells[b]!.recipe);
  return between.length > 0 ? between : all;
}

/** The best group of each method; a group of which only some seeds came so far would win by leaving out the others. */
function bestOf(cells: readonly ReadCell[]): StudyReading['best'] {
  const complete = cells.filter(({ reached, of, values }) => reached === of && Number.isFinite(values[0]?.mean));
  return [...Map.groupBy(complete, ({ recipe }) => recipe)].map(([recipe, own]) => {
    const { group } = own.reduce((top, cell) => (cell.values[0]!.mean > top.values[0]!.mean ? cell : top));
    return { recipe, group };
  });
}

/** Runs that were opened once and can be read at any KL; what was read of them is kept. */
export interface OpenReading {
  readonly runs: readonly ComparedRun[];
  at(wanted: Wanted): StudyReading;
}

function compareCells(read: readonly Read[], wanted: Wanted): StudyReading['comparisons'] {
  const pairs = wanted.pairwise === false ? [] : pairsOf(read.map(({ cell }) => cell));
  const random = seededGenerator(0, 'simultaneous intervals');
  const compared = compareAll(
    read.map(({ seeds }) => seeds),
    pairs,
    () => random.normal(),
  );
  return compared.map(({ seeds, ...rest }, at) => {
    const [a, b] = pairs[at]!;
    return { first: read[a]!.cell.group, second: read[b]!.cell.group, ...rest, seeds: [...seeds] };
  });
}

/** Opens runs to read them at several distances. Throws `run_unknown`, `run_ambiguous`. */
export function openReading(host: RunHost, wanted: readonly string[], names: RunNames = new Map()): OpenReading {
  const { read: db } = host.setup.store;
  const found = wanted.map((each) => findCompared(host, each));
  const all = [...new Map(found.map((each) => [each.run.id, each])).values()];
  const runs = describeCompared(host, all).map((run, at): OpenRun => {
    return { ...run, title: names.get(run.id) ?? cellName(run), member: keptMember(db, all[at]!.run) };
  });
  const groups = [...Map.groupBy(runs, ({ group }) => group)];
  return {
    runs: runs.map(({ member: _member, title: _title, ...run }) => run),
    at(where) {
      const key = `eval/${where.by}` as const;
      const read = groups.map(([group, members]) => readCell(group, members, where, key));
      const cells = read.map(({ cell }) => cell);
      return {
        kl: where.kl,
        key,
        cells,
        comparisons: compareCells(read, where),
        best: bestOf(cells),
        methods: { difference: COMPARISON_METHOD, simultaneous: SIMULTANEOUS_METHOD },
      };
    },
  };
}

/**
 * Reads every group of runs at one KL, or at its last evaluation, and compares the groups with simultaneous intervals.
 * The draws behind these are seeded, so the same runs always get the same answer. Throws `run_unknown`, `run_ambiguous`.
 */
export function readStudyAt(host: RunHost, wanted: Wanted & { readonly runs: readonly string[] }): StudyReading {
  return openReading(host, wanted.runs).at(wanted);
}
