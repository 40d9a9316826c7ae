import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { OverviewBatch, RunLine } from '#contract/api/runs/overview.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';
import type { KeelError } from '#contract/errors.ts';
import { follow } from './follow.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

/** A page that is being opened has read what it shows by then. */
const SOON_MILLISECONDS = 1500;
const ACTIVE: ReadonlySet<RunState> = new Set(['queued', 'running', 'paused']);

/** True for a run that waits, works or is paused. */
export function isUnderWay(state: RunState): boolean {
  return ACTIVE.has(state);
}

/** All runs of the data folder, the newest first, live for as long as the page is open. */
export const useRuns = defineStore('runs', () => {
  const connection = useConnection();
  const byId = shallowRef<ReadonlyMap<string, RunLine>>(new Map());
  const error = shallowRef<KeelError | null>(null);
  const isLoading = shallowRef(true);
  let isFollowing = false;
  /** Ids of a first reading that is under way: what it does not name was removed while nobody told. */
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

  /** Begins to follow; further calls change nothing, unless it has failed. */
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

  /** As `watch`, for what is beside the page's own matter: the list of a thousand runs waits for one of them. */
  function watchSoon(): void {
    setTimeout(() => void watch(), SOON_MILLISECONDS);
  }

  const runs = computed(() => [...byId.value.values()].sort((one, other) => other.number - one.number));
  /** Without stages: their pipeline stands for them. */
  const topRuns = computed(() => runs.value.filter(({ parent }) => parent === null || !byId.value.has(parent)));
  const active = computed(() => topRuns.value.filter(({ state }) => isUnderWay(state)));
  return { byId, runs, topRuns, active, error, isLoading, watch, watchSoon };
});
