import type { FrontierBand, PlannedStudy, StudyReport } from '#contract/api/runs/planned-studies.ts';
import type { Study } from '#contract/api/runs/study.ts';
import type { StudyReading } from '#contract/api/runs/study-reading.ts';
import { cellName } from '#contract/study/words.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { studiesOf } from '../../runs/studies/study-runner.ts';
import { readSeries } from '../../store/queries/metrics.ts';
import { describePlanned } from './planned-study.ts';
import { readStudyAt } from './read-at-kl.ts';

/** Points of a frontier's band. */
const BAND_POINTS = 12;

/** The KL that every compared run reached; null if there are no evaluations. */
export function commonKl(host: RunHost, runs: readonly string[]): number | null {
  const { read } = host.setup.store;
  const reached = runs.map((run) => {
    const values = readSeries(read, host.find(run).number, 'eval/kl_exact').map(({ value }) => value);
    return Math.max(0, ...values.filter(Number.isFinite));
  });
  const common = Math.min(...reached);
  return runs.length > 0 && common > 0 ? common : null;
}

/** The runs that are compared: those that are not shared, with evaluations. */
function comparedRuns(host: RunHost, { entries }: PlannedStudy): readonly string[] {
  return entries.flatMap(({ shared, run }) => {
    if (shared !== null || run === null) return [];
    return readSeries(host.setup.store.read, host.find(run).number, 'eval/kl_exact').length > 0 ? [run as string] : [];
  });
}

/** The mean of each group over its seeds along the KL, with its interval. */
export function frontierBands(host: RunHost, runs: readonly string[], by: 'reward' | 'judge'): readonly FrontierBand[] {
  const furthest = Math.max(0, ...runs.map((run) => commonKl(host, [run]) ?? 0));
  const bands = new Map<number, FrontierBand>();
  for (let at = 0; at <= BAND_POINTS; at++) {
    const kl = (furthest * at) / BAND_POINTS;
    for (const cell of readStudyAt(host, { runs, kl, by, within: false, pairwise: false }).cells) {
      const band = bands.get(cell.group) ?? { group: cell.group, name: cellName(cell), points: [] };
      bands.set(cell.group, band);
      const [value] = cell.values;
      if (!value || cell.reached < cell.of) continue;
      band.points.push({ kl, mean: value.mean, low: value.low, high: value.high });
    }
  }
  return [...bands.values()];
}

/** A study's results as far as it has run: at one KL, at the end, within a budget, and along the KL. */
export function reportStudy(host: RunHost, study: Study): StudyReport {
  const planned = describePlanned(host, study);
  const { by, kl: wanted } = studiesOf(host).known(study.id).study.reading;
  const runs = comparedRuns(host, planned);
  const common = wanted === null ? commonKl(host, runs) : null;
  const kl = wanted ?? (common === null ? null : common / 2);
  const read = (at: number | null, within: boolean): StudyReading => {
    return readStudyAt(host, { runs, kl: at, by, within, pairwise: true });
  };
  const isEmpty = runs.length === 0;
  return {
    planned,
    by,
    matched: isEmpty || kl === null ? null : read(kl, false),
    atEnd: isEmpty ? null : read(null, false),
    within: isEmpty || kl === null ? null : read(kl, true),
    frontier: [...frontierBands(host, runs, by)],
  };
}
