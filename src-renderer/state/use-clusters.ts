import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Cluster, OnCluster } from '#contract/api/clusters.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';

/** The Ray clusters that runs can be handed to, and the one that the next run goes to. */
export const useClusters = defineStore('clusters', () => {
  const connection = useConnection();
  const request = useRequest((client) => client.clusters.list());
  const clusters = shallowRef<readonly Cluster[]>([]);
  /** Null for this machine. */
  const place = shallowRef<OnCluster | null>(null);

  function show(list: readonly Cluster[]): void {
    clusters.value = list;
    if (!list.some(({ name }) => name === place.value?.cluster)) place.value = null;
  }

  async function refresh(): Promise<void> {
    const list = await request.load();
    if (list) show(list);
  }

  /** Removes a cluster from the list; its runs stay. Throws what the host throws. */
  async function remove(name: string): Promise<void> {
    show(await (await connection.api()).clusters.remove({ name }));
  }

  return { clusters, place, error: request.error, refresh, remove };
});
