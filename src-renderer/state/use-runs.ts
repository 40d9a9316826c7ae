import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { Run } from '#contract/api/run-state.ts';
import { useRequest } from './use-request.ts';

const ACTIVE: ReadonlySet<Run['state']> = new Set(['queued', 'running', 'paused']);

/** All runs of the data folder, the newest first. */
export const useRuns = defineStore('runs', () => {
  const request = useRequest((client) => client.runs.list({}));
  const runs = shallowRef<readonly Run[]>([]);

  async function refresh(): Promise<void> {
    const list = await request.load();
    if (list) runs.value = list;
  }

  const active = computed(() => runs.value.filter(({ state }) => ACTIVE.has(state)));
  return { runs, active, error: request.error, isLoading: request.isLoading, refresh };
});
