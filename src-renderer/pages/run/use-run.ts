import { getCurrentScope, onScopeDispose, shallowRef } from 'vue';
import type { EventRow, MetricRow, Progress } from '#contract/api/runs/run-records.ts';
import type { Run, RunDetail } from '#contract/api/runs/run-state.ts';
import type { RunBatch } from '#contract/api/runs/runs.ts';
import type { KeelError } from '#contract/errors.ts';
import { follow } from '../../state/follow.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';

/** Called with the rows of a batch; each new row arrives once. Past rows come from `runs.series`. */
export type RowListener = (rows: readonly MetricRow[]) => void;

const DETAIL_MILLISECONDS = 2000;

/**
 * One run, live: its details, its events, and its new rows without gaps, even if the connection drops. Long series are
 * not read here: see `useRunSeries`.
 */
export function useRun(id: string) {
  const connection = useConnection();
  const run = shallowRef<Run | null>(null);
  const detail = shallowRef<RunDetail | null>(null);
  const progress = shallowRef<Progress | null>(null);
  const events = shallowRef<readonly EventRow[]>([]);
  const isCaughtUp = shallowRef(false);
  const error = shallowRef<KeelError | null>(null);
  const listeners = new Set<RowListener>();
  let abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function readDetail(): Promise<RunDetail> {
    const client = await connection.api();
    detail.value = await client.runs.get({ run: id });
    return detail.value;
  }

  function refresh(): void {
    readDetail().catch((caught: unknown) => {
      error.value = pageError(caught);
    });
  }

  /** Checkpoints, artifacts, and stages are part of the detail, which is reread shortly after updates. */
  function refreshSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      refresh();
    }, DETAIL_MILLISECONDS);
  }

  function take(batch: RunBatch): void {
    const isOther = run.value?.state !== batch.run.state;
    run.value = batch.run;
    progress.value = batch.progress;
    isCaughtUp.value = batch.isCaughtUp;
    if (batch.events.length > 0) events.value = [...events.value, ...batch.events];
    if (batch.metrics.length > 0) for (const listener of listeners) listener(batch.metrics);
    // The available actions depend on the state and should update without delay.
    if (isOther) refresh();
    else if (batch.sequence > (detail.value?.sequence ?? 0)) refreshSoon();
  }

  async function start(signal: AbortSignal): Promise<void> {
    const client = await connection.api();
    await connection.whenOpen();
    const known = await readDetail();
    // Set immediately, so that plots load in parallel with the events.
    run.value = known;
    const told = await client.runs.events({ run: id });
    events.value = told.filter(({ sequence }) => sequence <= known.sequence);
    let after = known.sequence;
    const open = (stop: AbortSignal) => client.runs.watch({ run: id, after }, { signal: stop });
    const takeNext = (batch: RunBatch) => {
      after = batch.sequence;
      take(batch);
    };
    await follow(open, takeNext, { signal, whenOpen: connection.whenOpen });
  }

  /** Follows the run to its end; calling it again, for example after a resume, restarts it. */
  async function watch(): Promise<void> {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    error.value = null;
    try {
      await start(signal);
    } catch (caught) {
      if (!signal.aborted) error.value = pageError(caught);
    }
  }

  function onRows(listener: RowListener): void {
    listeners.add(listener);
    if (getCurrentScope()) onScopeDispose(() => listeners.delete(listener));
  }

  if (getCurrentScope())
    onScopeDispose(() => {
      abort.abort();
      clearTimeout(timer);
    });
  return { run, detail, progress, events, isCaughtUp, error, watch, onRows };
}

export type LiveRun = ReturnType<typeof useRun>;
