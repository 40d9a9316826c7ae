import { computed, getCurrentScope, onScopeDispose, shallowRef } from 'vue';
import type { JobMessage } from '#contract/api/jobs.ts';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

export type TaskPhase = 'idle' | 'working' | 'done' | 'failed' | 'canceled';

/** Starts one of the API's jobs. */
export type StartJob = (client: ApiClient, signal: AbortSignal) => Promise<AsyncIterable<JobMessage>>;

/**
 * A long-running task with progress, rows, and a result: a check, a download, an export. Starting it again or leaving
 * the page cancels the current one.
 */
export function useTask<Result = unknown, Row = unknown>() {
  const connection = useConnection();
  const phase = shallowRef<TaskPhase>('idle');
  const progress = shallowRef<Progress | null>(null);
  const rows = shallowRef<readonly Row[]>([]);
  const result = shallowRef<Result | null>(null);
  const error = shallowRef<KeelError | null>(null);
  let abort: AbortController | null = null;

  function take(message: JobMessage): void {
    if (message.kind === 'progress') progress.value = message.progress;
    if (message.kind === 'rows') rows.value = [...rows.value, ...(message.rows as Row[])];
    if (message.kind === 'result') result.value = message.result as Result;
  }

  /** Resolves with the result, or null if it failed or was canceled; `error` holds the reason for a failure. */
  async function start(job: StartJob): Promise<Result | null> {
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    phase.value = 'working';
    [progress.value, rows.value, result.value, error.value] = [null, [], null, null];
    try {
      const stream = await job(await connection.api(), mine.signal);
      for await (const message of stream) {
        if (abort !== mine) return null;
        take(message);
      }
      phase.value = mine.signal.aborted ? 'canceled' : 'done';
    } catch (caught) {
      if (abort !== mine) return null;
      const failure = pageError(caught);
      phase.value = mine.signal.aborted || failure.kind === 'canceled' ? 'canceled' : 'failed';
      if (phase.value === 'failed') error.value = failure;
    }
    return phase.value === 'done' ? result.value : null;
  }

  function cancel(): void {
    abort?.abort();
    if (phase.value === 'working') phase.value = 'canceled';
  }

  if (getCurrentScope()) onScopeDispose(() => abort?.abort());
  const isWorking = computed(() => phase.value === 'working');
  return { phase, isWorking, progress, rows, result, error, start, cancel };
}
