import type { EventRow, Level, MetricRow } from '#contract/api/runs/run-records.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { formatNumber, formatShare, formatSize } from '../../../parts/words/format-number.ts';
import { isUnderWay } from '../../../state/use-runs.ts';
import { eventWords } from './event-words.ts';

/** One sentence of the log. */
export interface LogLine {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly step: number | null;
  readonly level: Level;
  readonly text: string;
}

/** The metrics that tell of an evaluation, in the order of the sentence. */
const EVALUATED: readonly (readonly [key: string, name: string, write: (value: number) => string])[] = [
  ['eval/reward', 'reward', (value) => formatNumber(value, 3)],
  ['eval/judge', 'judge', (value) => formatNumber(value, 3)],
  ['eval/kl_exact', 'KL', (value) => `${formatNumber(value, 3)} nats`],
  ['eval/accuracy', 'accuracy', formatShare],
  ['eval/loss', 'loss', (value) => formatNumber(value, 3)],
];
export const EVALUATION_KEYS = EVALUATED.map(([key]) => key);

const line = (key: string, at: number, step: number | null, text: string, level: Level = 'info'): LogLine => ({
  ...{ key, at, step, level, text },
});

function engineWords({ device, settings }: RunDetail['attempts'][number]): string {
  const name = [device.backend, device.device].find((one) => typeof one === 'string');
  const threads = typeof settings.threads === 'number' ? `, ${settings.threads} threads` : '';
  const place = typeof device.cluster === 'string' ? ` on ${device.node} of the cluster ${device.cluster}` : '';
  return name ? `${place} on ${name}${threads}` : place;
}

function startLines(detail: RunDetail): readonly LogLine[] {
  const { createdAt, attempts, startedAt, recipe } = detail;
  const created = line('created', createdAt, null, 'Created, and put in the queue.');
  if (recipe === 'pipeline')
    return startedAt ? [created, line('started', startedAt, null, 'The pipeline started.')] : [created];
  const started = attempts.map((attempt) =>
    line(
      `attempt ${attempt.number}`,
      attempt.startedAt,
      attempt.resumedFrom,
      `The engine started${engineWords(attempt)}.`,
    ),
  );
  return [created, ...started];
}

function checkpointLines({ checkpoints }: RunDetail): readonly LogLine[] {
  return checkpoints.map(({ step, at, bytes, isBest }) => {
    const best = isBest ? ' It is the best so far.' : '';
    return line(`checkpoint ${step}`, at, step, `Checkpoint saved, ${formatSize(bytes)}.${best}`);
  });
}

function evaluationLines(rows: readonly MetricRow[]): readonly LogLine[] {
  return [...Map.groupBy(rows, ({ step }) => step)].map(([step, values]) => {
    const told = EVALUATED.flatMap(([key, name, write]) => {
      const found = values.find((row) => row.key === key);
      return found ? [`${name} ${write(found.value)}`] : [];
    });
    return line(`evaluation ${step}`, values[0]!.at, step, `Evaluated: ${told.join(', ')}.`);
  });
}

function endLines({ state, finishedAt, lastStep }: RunDetail): readonly LogLine[] {
  if (isUnderWay(state) || finishedAt === null) return [];
  const level = state === 'failed' || state === 'interrupted' ? 'error' : 'info';
  const step = lastStep === null ? '' : ` at step ${lastStep}`;
  return [line('end', finishedAt, lastStep, `The run ended${step}: ${state}.`, level)];
}

/** Everything that has happened to a run, in sentences, oldest first. */
export function logLines(
  detail: RunDetail,
  events: readonly EventRow[],
  evaluations: readonly MetricRow[],
): readonly LogLine[] {
  const told = events.map((event) =>
    line(`event ${event.sequence}`, event.at, event.step, eventWords(event), event.level),
  );
  return [
    ...startLines(detail),
    ...told,
    ...checkpointLines(detail),
    ...evaluationLines(evaluations),
    ...endLines(detail),
  ].sort((one, other) => one.at - other.at);
}
