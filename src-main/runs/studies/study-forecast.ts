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

/** The forecast of the whole: what was measured, times the number of runs of that kind. */
export function forecastStudy({ entries }: ResolvedStudy, report: PreflightReport): StudyForecast {
  const stages = report.stages.map((stage) => {
    return { runs: entries.filter(({ label }) => label === stage.stage).length, ...stage };
  });
  const seconds = stages.map(({ runs, time }) => (time === null ? null : runs * time.totalSeconds));
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

/** Measures what a study will need by running a small part of one run of every kind. Changes nothing. */
export async function* measureStudy(
  setup: HostSetup,
  resolved: ResolvedStudy,
  options: Pick<PreflightOptions, 'baseFolder' | 'signal' | 'activeRuns'>,
): AsyncGenerator<StudyForecastMessage> {
  const stages = sampleEntries(resolved).map(({ label, file }) => ({ stage: label, file }));
  for await (const message of measureStages(setup, options, stages)) {
    if (message.kind === 'result') yield { kind: 'result', result: forecastStudy(resolved, message.result) };
    else yield message;
  }
}
