import type { PreflightReport, PreflightStage } from '#contract/api/runs/preflight.ts';
import { columns } from './columns.ts';
import { formatSeconds } from './progress-line.ts';

const MEGABYTE = 2 ** 20;

function size(bytes: number): string {
  return bytes >= 1024 * MEGABYTE
    ? `${(bytes / MEGABYTE / 1024).toFixed(1)} GB`
    : `${Math.ceil(bytes / MEGABYTE).toLocaleString('en-US')} MB`;
}

function timeRows({ time }: PreflightStage): string[][] {
  if (!time) return [['time', 'not measured: no size that fits could be run']];
  const phases = time.phases.map(({ name, seconds }) => `${name} ${seconds.toFixed(2)}`).join(', ');
  const each = time.unit === 'iterations' ? 'iteration' : 'update';
  return [
    ['time', `${formatSeconds(time.totalSeconds)} for ${time.iterations} ${time.unit}`],
    ['', `${time.secondsPerIteration.toFixed(2)} s per ${each} (${phases})`],
    ['', `${time.evaluations} evaluations, ${time.evaluationSeconds.toFixed(2)} s each`],
    ['', `${time.checkpoints} checkpoints, ${time.checkpointSeconds.toFixed(2)} s each`],
  ];
}

function stageLines(stage: PreflightStage): string[] {
  const { memory, disk, largest, warnings } = stage;
  const parts = memory.parts.map(({ name, bytes }) => `${name} ${size(bytes)}`).join(', ');
  const source = memory.source === 'measured' ? '' : ', extrapolated from a smaller size';
  const rows = [
    ['memory', `${size(memory.peakBytes)} of ${size(memory.limitBytes)} free${source}`],
    ['', parts],
    ...timeRows(stage),
    ['disk', `${size(disk.totalBytes)} of ${size(disk.freeBytes)} free`],
    ['', `${disk.keptCheckpoints} checkpoints, ${size(disk.checkpointBytes)} each; models ${size(disk.artifactBytes)}`],
    ...largest.map(({ field, rows: most, confirmed, peakBytes }) => [
      'largest',
      `${field} ${most} (${size(peakBytes)}, ${confirmed ? 'run' : 'extrapolated'})`,
    ]),
  ];
  const title = stage.stage ? `${stage.stage} (${stage.recipe})` : stage.recipe;
  return [
    `${title}, ${stage.device.device}, ${stage.device.threads} threads, ${stage.device.mode}`,
    columns(rows).replace(/^/gm, '  '),
    ...warnings.map(({ level, why, fix }) => `  ${level}: ${why} ${fix}`),
  ];
}

/** Renders the output of `keel run CONFIG --preflight` for a terminal. */
export function renderPreflight(report: PreflightReport): string {
  const whole = report.totalSeconds === null ? 'unknown' : formatSeconds(report.totalSeconds);
  const verdict = report.fits ? 'fits' : 'does not fit';
  return [
    ...report.stages.flatMap(stageLines),
    ...report.warnings.map(({ level, why, fix }) => `${level}: ${why} ${fix}`),
    `The run ${verdict}: ${whole}, ${size(report.peakBytes)} of memory, ${size(report.diskBytes)} of disk.`,
  ].join('\n');
}
