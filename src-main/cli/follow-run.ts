import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import type { EventRow } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { RunBatch } from '#contract/api/runs/runs.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { FAILURE_MODE_TITLES } from '#contract/failure-modes.ts';
import { ledgerText } from '#contract/ledger-words.ts';
import type { MetricKey } from '#contract/metrics/catalog.ts';
import { DOCTOR_EVENT, LEDGER_EVENT } from '#contract/run-events.ts';
import { jsonLine } from './output.ts';
import { createProgressLine, formatProgress, type ProgressLine } from './progress-line.ts';
import type { Shell } from './shell.ts';

export interface FollowOptions {
  readonly isJson: boolean;
  /** Rows up to this number are already known. */
  readonly after: number;
  /** Called with each new state of the run and of its stages. */
  readonly onRun?: (run: Run) => void;
}

/** Metrics shown next to the progress: the first few of these that the run has. */
const TELLING_KEYS: readonly MetricKey[] = ['objective/scores', 'objective/kl', 'eval/reward', 'accuracy', 'loss'];
const SHOWN_KEYS = 3;

type Latest = Map<string, number>;

function highlights(latest: Latest): string {
  const keys = TELLING_KEYS.filter((key) => latest.has(key)).slice(0, SHOWN_KEYS);
  return keys.map((key) => ` · ${key} ${latest.get(key)?.toPrecision(4)}`).join('');
}

function printMetrics(shell: Shell, { run, metrics }: RunBatch): void {
  const steps = Map.groupBy(metrics, (row) => row.sequence);
  for (const rows of steps.values()) {
    const values = Object.fromEntries(rows.map((row) => [row.key, row.value]));
    const { step, at, sequence } = rows[0] ?? { step: 0, at: 0, sequence: 0 };
    shell.print(jsonLine({ type: 'metrics', run: run.id, step, at, sequence, metrics: values }));
  }
}

/** A finding with its remedy; the evidence is in the JSON output and on the run page. */
function findingLine({ regime, state, cause, remedy }: RunFinding, step: number | null): string {
  if (state === 'closed') return `doctor at step ${step}: ${FAILURE_MODE_TITLES[regime]} no longer occurs`;
  return `doctor at step ${step}: ${FAILURE_MODE_TITLES[regime]}. ${cause} ${remedy.text}`;
}

/** The line to show for an event; routine events only appear in the progress. */
function eventLine({ name, level, step, detail }: EventRow): string | null {
  if (name === 'log') return level === 'info' ? null : `${level}: ${detail.text}`;
  if (name === LEDGER_EVENT) return ledgerText(detail as unknown as DataLedger).join('\n');
  if (name === DOCTOR_EVENT) return findingLine(detail as unknown as RunFinding, step);
  if (level === 'info' && !['changed', 'resumed', 'stage_started'].includes(name)) return null;
  const facts = Object.entries(detail).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? jsonLine(value) : value}`,
  );
  return `${level === 'info' ? '' : `${level}: `}${name.replaceAll('_', ' ')}${step === null ? '' : ` at step ${step}`}: ${facts.join(', ')}`;
}

/** Reports a wait when it begins, when its reason changes, and (with null) when it ends. */
function printWait(shell: Shell, { run }: RunBatch, told: string | null): void {
  const why = run.pausedBecause?.why ?? null;
  if (why !== told) shell.print(jsonLine({ type: 'waiting', run: run.id, because: run.pausedBecause }));
}

function printJson(shell: Shell, batch: RunBatch, before: Run | null): void {
  printMetrics(shell, batch);
  printWait(shell, batch, before?.pausedBecause?.why ?? null);
  for (const event of batch.events) shell.print(jsonLine({ type: 'event', run: batch.run.id, ...event }));
  if (batch.progress) shell.print(jsonLine({ type: 'progress', run: batch.run.id, ...batch.progress }));
}

/** The line for a paused run; if the doctor paused it, with the commands to choose from. */
function pausedLine({ name, id, pausedBecause }: Run, latest: Latest): string {
  if (pausedBecause?.by !== 'doctor') return `${name}: paused${highlights(latest)}`;
  return (
    `${name}: paused by the doctor (${pausedBecause.why}) ` +
    `Continue: keel runs unpause ${id}; roll back: keel runs rollback ${id}`
  );
}

/** The line for a run that waits because the disk is full or the store cannot be written; null for other runs. */
function waitLine(run: Run): string | null {
  const { name, pausedBecause } = run;
  const isHeldUp = pausedBecause?.by === 'disk' || pausedBecause?.by === 'store';
  return isHeldUp ? `${name}: ${pausedBecause.why}. It will continue automatically.` : null;
}

function isNewPause({ pausedBecause }: Run, before: Run | null): boolean {
  return before?.state !== 'paused' || before.pausedBecause?.by !== pausedBecause?.by;
}

/** @param before the run's state in the previous batch. */
function drawBatch(line: ProgressLine, batch: RunBatch, latest: Latest, before: Run | null): void {
  for (const { key, value } of batch.metrics) latest.set(key, value);
  for (const event of batch.events) {
    const text = eventLine(event);
    if (text) line.remark(text);
  }
  const { run, progress } = batch;
  // The state of a pipeline is that of its stage, which is followed as well.
  if (run.recipe === 'pipeline') return;
  if (run.state === 'queued') line.show(`${run.name}: waiting for its device`);
  else if (run.state === 'paused') line.show(waitLine(run) ?? pausedLine(run, latest), isNewPause(run, before));
  else if (progress) line.show(`${run.name}: ${formatProgress(progress)}${highlights(latest)}`);
}

/** Follows a run to its end, including a pipeline's stages, and returns its last state. */
export async function followRun(client: ApiClient, shell: Shell, id: string, options: FollowOptions): Promise<Run> {
  const line = createProgressLine(shell, () => performance.now());
  try {
    return await follow(client, shell, line, id, options);
  } finally {
    line.end();
  }
}

async function follow(
  client: ApiClient,
  shell: Shell,
  line: ProgressLine,
  id: string,
  { isJson, after, onRun }: FollowOptions,
): Promise<Run> {
  const latest: Latest = new Map();
  const followed = new Set<string>();
  const stages: Promise<unknown>[] = [];
  let last: Run | null = null;
  for await (const batch of await client.runs.watch({ run: id, after })) {
    if (isJson) printJson(shell, batch, last);
    else drawBatch(line, batch, latest, last);
    last = batch.run;
    onRun?.(batch.run);
    const started = batch.events.some((event) => event.name === 'stage_started');
    if (!started) continue;
    const { stages: known } = await client.runs.get({ run: id });
    for (const stage of known.filter((one) => !followed.has(one.id))) {
      followed.add(stage.id);
      stages.push(follow(client, shell, line, stage.id, { isJson, after: 0, ...(onRun && { onRun }) }));
    }
  }
  await Promise.all(stages);
  return last ?? (await client.runs.get({ run: id }));
}
