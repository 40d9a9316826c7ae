import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { OverviewBatch, RunLine } from '#contract/api/runs/overview.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';
import type { KeelError } from '#contract/errors.ts';
import { follow } from './follow.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

/** By then, a page being opened has loaded its own content. */
const SOON_MILLISECONDS = 1500;
const ACTIVE: ReadonlySet<RunState> = new Set(['queued', 'running', 'paused']);

/** Whether a run is queued, running, or paused. */
export function isUnderWay(state: RunState): boolean {
  return ACTIVE.has(state);
}

/** All runs in the data folder, newest first, live while the page is open. */
export const useRuns = defineStore('runs', () => {
  const connection = useConnection();
  const byId = shallowRef<ReadonlyMap<string, RunLine>>(new Map());
  const error = shallowRef<KeelError | null>(null);
  const isLoading = shallowRef(true);
  let isFollowing = false;
  /** Ids received in an initial load in progress: runs it does not include were removed while disconnected. */
  let reading: Set<string> | null = null;

  function take({ lines, removed, isCaughtUp }: OverviewBatch): void {
    const next = new Map(byId.value);
    for (const line of lines) {
      next.set(line.id, line);
      reading?.add(line.id);
    }
    for (const id of removed) next.delete(id);
    if (reading && isCaughtUp) {
      for (const id of next.keys()) if (!reading.has(id)) next.delete(id);
      reading = null;
      isLoading.value = false;
    }
    byId.value = next;
  }

  /** Starts following; further calls have no effect unless it has failed. */
  async function watch(): Promise<void> {
    if (isFollowing) return;
    isFollowing = true;
    error.value = null;
    try {
      const client = await connection.api();
      const { signal } = new AbortController();
      const open = () => {
        reading = new Set();
        return client.runs.overview({}, { signal });
      };
      await follow(open, take, { signal, whenOpen: connection.whenOpen });
    } catch (caught) {
      error.value = pageError(caught);
    } finally {
      isFollowing = false;
    }
  }

  /** Like `watch`, but delayed, for secondary content: loading a thousand runs must not hold up the page's own. */
  function watchSoon(): void {
    setTimeout(() => void watch(), SOON_MILLISECONDS);
  }

  const runs = computed(() => [...byId.value.values()].sort((one, other) => other.number - one.number));
  /** Without stages, which are represented by their pipeline. */
  const topRuns = computed(() => runs.value.filter(({ parent }) => parent === null || !byId.value.has(parent)));
  const active = computed(() => topRuns.value.filter(({ state }) => isUnderWay(state)));
  return { byId, runs, topRuns, active, error, isLoading, watch, watchSoon };
});
