import type { PlannedStudy, StudyForecast } from '#contract/api/runs/planned-studies.ts';
import type { BestOf } from '#contract/api/runs/start-samples.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { formatBytes, formatDigits } from '#contract/format.ts';
import { bestOfNote } from '#contract/study/words.ts';
import { columns } from '../output.ts';
import { formatSeconds } from '../progress-line.ts';

/** `keel study list`. */
export function renderStudies(studies: readonly Study[]): string {
  if (studies.length === 0) return 'No studies yet. Start one with: keel study CONFIG';
  const rows = studies.map(({ id, name, runs, createdAt }) => {
    return [String(id), name, `${runs.length} runs`, new Date(createdAt).toISOString().slice(0, 19).replace('T', ' ')];
  });
  return columns([['STUDY', 'NAME', 'RUNS', 'CREATED (UTC)'], ...rows]);
}

/** Every run of a study, and how to go on. */
export function renderPlanned({ study, state, finished, place, entries }: PlannedStudy): string {
  const rows = entries.map(({ key, run, state: of, step, steps, problem }) => {
    const at = step === null ? '' : steps === null ? String(step) : `${step}/${steps}`;
    return [key, of, at, run ?? '', problem ?? ''];
  });
  const words = {
    running: 'running',
    ended: 'ended',
    stopped: `stopped; continue with: keel study resume ${study.id}`,
  };
  const where =
    place === null ? '' : ` Its runs are computed on the cluster ${place.cluster}, ${place.parallel} at once.`;
  return [
    columns([['RUN', 'STATE', 'STEP', 'ID', ''], ...rows]),
    `Study ${study.id} (${study.name}): ${finished} of ${entries.length} runs finished; ${words[state]}.${where}`,
  ].join('\n');
}

/** What a study will need. */
export function renderForecast(forecast: StudyForecast): string {
  const rows = forecast.stages.map(({ stage, runs, time, memory, disk, largest: _largest }) => [
    String(stage),
    `${runs} runs`,
    time === null ? 'time unknown' : `${formatSeconds(time.totalSeconds)} each`,
    `${formatBytes(memory.peakBytes)} of memory`,
    `${formatBytes(disk.totalBytes)} of disk each`,
  ]);
  const warnings = [...forecast.stages.flatMap((stage) => stage.warnings), ...forecast.warnings];
  const whole = forecast.totalSeconds === null ? 'unknown time' : formatSeconds(forecast.totalSeconds);
  const disk = `${formatBytes(forecast.diskBytes)} of ${formatBytes(forecast.freeBytes)} of free disk space`;
  return [
    columns(rows),
    ...new Set(warnings.map(({ level, why, fix }) => `${level}: ${why} ${fix}`)),
    `The study ${forecast.fits ? 'fits' : 'does not fit'}: ${forecast.runs} runs, ${whole}, ${disk}.`,
  ].join('\n');
}

/** What choosing among responses of the starting policy gains. */
export function renderBestOf(bestOf: BestOf | null): string {
  if (bestOf === null) return 'The study compares by a judge that its runs do not have.';
  const rows = bestOf.points.map(({ n, kl, mean, low, high }) => {
    return [
      String(n),
      formatDigits(kl, 3),
      formatDigits(mean, 3),
      `${formatDigits(low, 3)} to ${formatDigits(high, 3)}`,
    ];
  });
  return `${columns([['N', 'KL AT MOST', 'GAIN', '95%'], ...rows])}\n${bestOfNote(bestOf)}`;
}
