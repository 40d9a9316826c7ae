import { computed, getCurrentScope, onScopeDispose, shallowRef } from 'vue';
import type { EventRow, MetricRow, Progress } from '#contract/api/run-records.ts';
import type { Run } from '#contract/api/run-state.ts';
import type { RunBatch } from '#contract/api/runs.ts';
import type { KeelError } from '#contract/errors.ts';
import { follow } from './follow.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

/** One run, live: its newest state, and its rows from the store without a gap, whatever the connection does. */
export function useRun(id: string) {
  const connection = useConnection();
  const run = shallowRef<Run | null>(null);
  const progress = shallowRef<Progress | null>(null);
  const events = shallowRef<readonly EventRow[]>([]);
  /** Points by key, in order of step; the map is replaced when rows have come. */
  const series = shallowRef<ReadonlyMap<string, readonly MetricRow[]>>(new Map());
  const isCaughtUp = shallowRef(false);
  const error = shallowRef<KeelError | null>(null);
  const abort = new AbortController();
  let after = 0;

  function take(batch: RunBatch): void {
    after = batch.sequence;
    run.value = batch.run;
    progress.value = batch.progress;
    isCaughtUp.value = batch.isCaughtUp;
    if (batch.events.length > 0) events.value = [...events.value, ...batch.events];
    if (batch.metrics.length > 0) series.value = appendRows(series.value, batch.metrics);
  }

  async function watch(): Promise<void> {
    error.value = null;
    try {
      const client = await connection.api();
      const open = (signal: AbortSignal) => client.runs.watch({ run: id, after }, { signal });
      await follow(open, take, { signal: abort.signal, whenOpen: connection.whenOpen });
    } catch (caught) {
      error.value = pageError(caught);
    }
  }

  if (getCurrentScope()) onScopeDispose(() => abort.abort());
  const latest = computed(
    () => new Map([...series.value].map(([key, rows]) => [key, rows.at(-1)?.value ?? Number.NaN])),
  );
  return { run, progress, events, series, latest, isCaughtUp, error, watch };
}

function appendRows(
  before: ReadonlyMap<string, readonly MetricRow[]>,
  rows: readonly MetricRow[],
): ReadonlyMap<string, readonly MetricRow[]> {
  const byKey = Map.groupBy(rows, ({ key }) => key);
  const after = new Map(before);
  for (const [key, added] of byKey) after.set(key, mergeBySteps(before.get(key) ?? [], added));
  return after;
}

/** A resumed run may tell a step again; the newer row stands. */
function mergeBySteps(before: readonly MetricRow[], added: readonly MetricRow[]): readonly MetricRow[] {
  const first = added[0]?.step ?? 0;
  const last = before.at(-1)?.step ?? -1;
  if (first > last) return [...before, ...added];
  const steps = new Map([...before, ...added].map((row) => [row.step, row]));
  return [...steps.values()].sort((one, other) => one.step - other.step);
}
