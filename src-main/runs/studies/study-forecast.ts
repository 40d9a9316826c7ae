import type { StudyPlace } from '#contract/api/clusters.ts';
import type { StudyForecast, StudyForecastMessage } from '#contract/api/runs/planned-studies.ts';
import type { PreflightReport } from '#contract/api/runs/preflight.ts';
import type { ResolvedEntry, ResolvedStudy } from '#contract/config/index.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { measureStages, type PreflightOptions } from '../preflight/run-preflight.ts';

/** One run of every kind: each shared run, and the first run of each method. */
export function sampleEntries({ entries }: ResolvedStudy): readonly ResolvedEntry[] {
  const firsts = new Map(entries.toReversed().map((entry) => [entry.label, entry]));
  return entries.filter((entry) => firsts.get(entry.label) === entry);
}

/** Seconds for a number of runs of one kind, of which some are computed at once. */
const secondsFor = (runs: number, atOnce: number, each: number) => Math.ceil(runs / atOnce) * each;

/**
 * The forecast of the whole: what was measured, times the number of runs of that kind.
 * @param parallel how many runs are computed at once; shared runs come one after the other
 */
export function forecastStudy({ entries }: ResolvedStudy, report: PreflightReport, parallel = 1): StudyForecast {
  const stages = report.stages.map((stage) => {
    return { runs: entries.filter(({ label }) => label === stage.stage).length, ...stage };
  });
  const isShared = (label: string | null) => entries.some((entry) => entry.label === label && entry.shared !== null);
  const seconds = stages.map(({ stage, runs, time }) => {
    return time === null ? null : secondsFor(runs, isShared(stage) ? 1 : parallel, time.totalSeconds);
  });
  const diskBytes = stages.reduce((sum, { runs, disk }) => sum + runs * disk.totalBytes, 0);
  const freeBytes = Math.min(...stages.map(({ disk }) => disk.freeBytes));
  return {
    stages,
    runs: entries.length,
    totalSeconds: seconds.includes(null) ? null : seconds.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    peakBytes: report.peakBytes,
    diskBytes,
    freeBytes,
    fits: stages.every(({ memory }) => memory.fits) && diskBytes <= freeBytes,
    warnings: report.warnings,
  };
}

/** Measures what a study will need by running a small part of one run of every kind where it will run. Changes nothing. */
export async function* measureStudy(
  setup: HostSetup,
  resolved: ResolvedStudy,
  place: StudyPlace | null,
  options: Pick<PreflightOptions, 'baseFolder' | 'signal' | 'activeRuns'>,
): AsyncGenerator<StudyForecastMessage> {
  const stages = sampleEntries(resolved).map(({ label, file }) => ({ stage: label, file }));
  for await (const message of measureStages(setup, { ...options, on: place }, stages)) {
    if (message.kind === 'result')
      yield { kind: 'result', result: forecastStudy(resolved, message.result, place?.parallel) };
    else yield message;
  }
}
