import type { PredictedStage, PreflightPrediction } from '#contract/api/runs/preflight-prediction.ts';
import { formatBytes, formatCount } from '#contract/format.ts';
import { columns } from '../output.ts';

function stageLines({ stage, recipe, memory, problem }: PredictedStage, limitBytes: number): string[] {
  const title = stage ? `${stage} (${recipe})` : recipe;
  if (memory === null) return [title, `  not predicted: ${problem}`];
  const { tokens, isAssumed, remedies } = memory;
  const rows = [
    ['memory', `about ${formatBytes(memory.peakBytes)} of ${formatBytes(limitBytes)} free`],
    ['', memory.parts.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ')],
    ['', `for sequences of ${tokens} tokens${isAssumed ? ' (assumed; data.max_length is not set)' : ''}`],
    ['trained', `${formatCount(memory.trained)} parameters of a model with ${formatCount(memory.parameters)}`],
    ['disk', `about ${formatBytes(memory.checkpointBytes)} for each checkpoint`],
    ...remedies.map(({ field, value, peakBytes }) => [
      'less',
      `${field}: ${String(value)} (${formatBytes(peakBytes)})`,
    ]),
  ];
  return [title, columns(rows).replace(/^/gm, '  ')];
}

/** Renders the output of `keel run CONFIG --preflight --quick` for a terminal. */
export function renderPrediction({ stages, limitBytes }: PreflightPrediction): string {
  const known = stages.flatMap(({ memory }) => memory ?? []);
  const peak = Math.max(0, ...known.map(({ peakBytes }) => peakBytes));
  const verdict = known.every(({ fits }) => fits) ? 'should fit' : 'may not fit';
  const whole = known.length === stages.length ? 'The run' : 'What is known of the run';
  return [
    ...stages.flatMap((stage) => stageLines(stage, limitBytes)),
    `${whole} ${verdict}: ${formatBytes(peak)} of memory, by arithmetic. Without --quick, it is measured, and so is the time.`,
  ].join('\n');
}
