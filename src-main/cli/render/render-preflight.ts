import type { PreflightReport, PreflightStage } from '#contract/api/runs/preflight.ts';
import { formatBytes, formatFixed } from '#contract/format.ts';
import { columns } from '../output.ts';
import { formatSeconds } from '../progress-line.ts';

function timeRows({ time }: PreflightStage): string[][] {
  if (!time) return [['time', 'not measured: no size that fits could be run']];
  const phases = time.phases.map(({ name, seconds }) => `${name} ${formatFixed(seconds, 2)}`).join(', ');
  const each = time.unit === 'iterations' ? 'iteration' : 'update';
  return [
    ['time', `${formatSeconds(time.totalSeconds)} for ${time.iterations} ${time.unit}`],
    ['', `${formatFixed(time.secondsPerIteration, 2)} s per ${each} (${phases})`],
    ['', `${time.evaluations} evaluations, ${formatFixed(time.evaluationSeconds, 2)} s each`],
    ['', `${time.checkpoints} checkpoints, ${formatFixed(time.checkpointSeconds, 2)} s each`],
  ];
}

function stageLines(stage: PreflightStage): string[] {
  const { memory, disk, largest, warnings } = stage;
  const parts = memory.parts.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ');
  const source = memory.source === 'measured' ? '' : ', extrapolated from a smaller size';
  const rows = [
    ['memory', `${formatBytes(memory.peakBytes)} of ${formatBytes(memory.limitBytes)} free${source}`],
    ['', parts],
    ...timeRows(stage),
    ['disk', `${formatBytes(disk.totalBytes)} of ${formatBytes(disk.freeBytes)} free`],
    [
      '',
      `${disk.keptCheckpoints} checkpoints, ${formatBytes(disk.checkpointBytes)} each; models ${formatBytes(disk.artifactBytes)}`,
    ],
    ...largest.map(({ field, rows: most, confirmed, peakBytes }) => [
      'largest',
      `${field} ${most} (${formatBytes(peakBytes)}, ${confirmed ? 'run' : 'extrapolated'})`,
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
    ...(report.cluster === null ? [] : [`Measured on a node of the cluster ${report.cluster}.`]),
    `The run ${verdict}: ${whole}, ${formatBytes(report.peakBytes)} of memory, ${formatBytes(report.diskBytes)} of disk.`,
  ].join('\n');
}
