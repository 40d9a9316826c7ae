import type { Progress } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import type { RunBatch } from '#contract/api/runs/runs.ts';
import { KeelError } from '#contract/errors.ts';
import type { ReadableDb } from '../../store/database.ts';
import { lastSequence, readEvents } from '../../store/queries/events.ts';
import { endOfBatch, readTail } from '../../store/queries/metrics.ts';
import { readRun } from '../../store/queries/runs.ts';
import { readSamples } from '../../store/queries/samples.ts';
import type { RunSignals } from '../host/run-signals.ts';

export interface WatchOptions {
  /** The caller already has the rows up to this number. */
  readonly after: number;
  readonly withSamples: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Watched {
  readonly db: ReadableDb;
  readonly signals: RunSignals;
  readonly progressOf: (id: string) => Progress | null;
  /** The error of a run whose end is missing from its row, or null. */
  readonly failureOf: (id: string) => unknown;
  /** Returns the actual state of a stored run. */
  readonly shown: (run: Run) => Run;
}

/** At most ten batches per second are sent to a page. */
const GAP_MILLISECONDS = 100;
/** Engine events and metric rows per batch, so that a long run is sent in batches of bounded size. */
const BATCH_SEQUENCES = 2000;
const BATCH_ROWS = 4000;

/** States that a run leaves only when it is resumed. */
export const ENDED: ReadonlySet<RunState> = new Set(['finished', 'stopped', 'failed', 'interrupted']);

function readBatch({ db, progressOf, shown }: Watched, id: string, after: number, withSamples: boolean): RunBatch {
  const run = readRun(db, id);
  if (!run) throw unknownRun(id);
  const last = lastSequence(db, run.number);
  const full = endOfBatch(db, run.number, after, BATCH_ROWS) ?? last;
  const sequence = Math.min(last, after + BATCH_SEQUENCES, full);
  return {
    sequence,
    isCaughtUp: sequence === last,
    run: shown(run),
    progress: progressOf(id),
    metrics: [...readTail(db, run.number, after, sequence)],
    events: [...readEvents(db, run.number, after, sequence)],
    samples: withSamples ? [...readSamples(db, run.number, after, sequence)] : [],
  };
}

export function unknownRun(id: string): KeelError {
  return new KeelError({
    code: 'run_unknown',
    why: `There is no run ${id}.`,
    fix: 'Use `keel runs list` to see all runs.',
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Watches a run from a sequence number, without gaps or duplicates, until it has ended and everything was sent. Reads
 * the store, so a slow reader uses no memory and misses nothing.
 */
export async function* watchRun(watched: Watched, id: string, options: WatchOptions): AsyncGenerator<RunBatch> {
  let after = options.after;
  let told = '';
  while (!options.signal?.aborted) {
    const failure = watched.failureOf(id);
    if (failure) throw failure;
    const changed = watched.signals.next(id, options.signal);
    const batch = readBatch(watched, id, after, options.withSamples);
    const state = JSON.stringify([batch.run, batch.progress]);
    if (batch.sequence > after || state !== told) yield batch;
    after = batch.sequence;
    told = state;
    if (!batch.isCaughtUp) continue;
    if (ENDED.has(batch.run.state)) return;
    await changed;
    await pause(GAP_MILLISECONDS);
  }
}
