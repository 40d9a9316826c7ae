import type { FrontierBand, PlannedStudy, StudyReport, StudyRun } from '#contract/api/runs/planned-studies.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { entryName } from '#contract/study/words.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { studiesOf } from '../../runs/studies/study-runner.ts';
import { readSeries } from '../../store/queries/metrics.ts';
import { readStartSamples } from '../../store/queries/studies.ts';
import { describeBestOf } from './best-of.ts';
import { describePlanned } from './planned-study.ts';
import { type OpenReading, openReading } from './read-at-kl.ts';

/** Points of a frontier's band. */
const BAND_POINTS = 12;

type Measure = StudyReport['by'];

/** How far a run got from its start. */
function furthestKl({ points }: StudyRun): number {
  return Math.max(0, ...points.map(({ kl }) => kl ?? 0).filter(Number.isFinite));
}

/** The KL that every compared run reached; null if there are no evaluations. */
export function commonKl(runs: readonly StudyRun[]): number | null {
  const common = Math.min(...runs.map(furthestKl));
  return runs.length > 0 && common > 0 ? common : null;
}

/** The runs that are compared, by the configuration that they carry out: those that are not shared, with evaluations. */
function comparedRuns(host: RunHost, { entries }: PlannedStudy): ReadonlyMap<string, string> {
  const known = entries.flatMap((entry) => {
    if (entry.shared !== null || entry.run === null) return [];
    const { number } = host.find(entry.run);
    return readSeries(host.setup.store.read, number, 'eval/kl_exact').length > 0
      ? [[entry.run as string, entryName(entry)] as const]
      : [];
  });
  return new Map(known);
}

/** Every evaluation of the compared runs, for curves over seeds. */
function evaluatedRuns(host: RunHost, { runs }: OpenReading, names: ReadonlyMap<string, string>): StudyRun[] {
  const { read } = host.setup.store;
  return runs.map(({ id, group, recipe, seed }) => {
    const { number } = host.find(id);
    const series = (key: string) => new Map(readSeries(read, number, key).map(({ step, value }) => [step, value]));
    const [kl, reward, judge] = [series('eval/kl_exact'), series('eval/reward'), series('eval/judge')];
    const steps = [...new Set([...kl.keys(), ...reward.keys(), ...judge.keys()])].sort((one, other) => one - other);
    const points = steps.map((step) => {
      return { step, kl: kl.get(step) ?? null, reward: reward.get(step) ?? null, judge: judge.get(step) ?? null };
    });
    return { run: id, group, name: names.get(id)!, recipe, seed, points };
  });
}

/** The gain of each group over its start along the KL: the mean over its seeds, with its interval. */
export function frontierBands(reading: OpenReading, furthest: number, by: Measure): readonly FrontierBand[] {
  const bands = new Map<number, FrontierBand>();
  for (let at = 0; at <= BAND_POINTS; at++) {
    const kl = (furthest * at) / BAND_POINTS;
    const { cells } = reading.at({ kl, by, within: false, pairwise: false });
    for (const { group, name, recipe, gain, reached, of } of cells) {
      const band = bands.get(group) ?? { group, name, recipe, points: [] };
      bands.set(group, band);
      if (!gain || reached < of) continue;
      band.points.push({ kl, mean: gain.mean, low: gain.low, high: gain.high });
    }
  }
  return [...bands.values()];
}

/** What a caller may ask for instead of what the study's config says. */
export interface ReportChoice {
  readonly by?: Measure | undefined;
  readonly kl?: number | undefined;
}

/** A study's results as far as it has run: at one KL, at the end, within a budget, and along the KL. */
export function reportStudy(host: RunHost, study: Study, choice: ReportChoice = {}): StudyReport {
  const planned = describePlanned(host, study);
  const { reading: asked } = studiesOf(host).known(study.id).study;
  const names = comparedRuns(host, planned);
  const reading = openReading(host, [...names.keys()], names);
  const runs = evaluatedRuns(host, reading, names);
  const isJudged = runs.some(({ points }) => points.some(({ judge }) => judge !== null));
  // By a judge that there is not, everything would be empty.
  const by = choice.by ?? (isJudged || runs.length === 0 ? asked.by : 'reward');
  const common = commonKl(runs);
  const kl = choice.kl ?? asked.kl ?? (common === null ? null : common / 2);
  const isEmpty = runs.length === 0;
  return {
    planned,
    by,
    commonKl: common,
    matched: isEmpty || kl === null ? null : reading.at({ by, kl, within: false }),
    atEnd: isEmpty ? null : reading.at({ by, kl: null, within: false }),
    within: isEmpty || kl === null ? null : reading.at({ by, kl, within: true }),
    frontier: [...frontierBands(reading, Math.max(0, ...runs.map(furthestKl)), by)],
    runs,
    bestOf: describeBestOf(readStartSamples(host.setup.store.read, study.id), by),
  };
}
