import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Dataset, StarterDataset } from '#contract/api/library/dataset-library.ts';
import { removeWithUndo } from './remove-with-undo.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';

/** The datasets of the library. */
export const useDatasets = defineStore('datasets', () => {
  const connection = useConnection();
  const request = useRequest((client) => client.datasets.list({}));
  const datasets = shallowRef<readonly Dataset[]>([]);
  const starter = shallowRef<readonly StarterDataset[]>([]);

  async function refresh(): Promise<void> {
    const list = await request.load();
    if (list) datasets.value = list;
  }

  /** Loads the list of starter files included with Keel. */
  async function loadStarter(): Promise<void> {
    starter.value = await (await connection.api()).datasets.starter({});
  }

  /** Removes a dataset from the library and offers to undo. */
  async function remove({ id, name }: Dataset): Promise<boolean> {
    return removeWithUndo({
      name,
      remove: (client) => client.datasets.remove({ dataset: id }),
      restore: (client) => client.datasets.restore({ dataset: id }),
      refresh,
    });
  }

  return { datasets, starter, error: request.error, isLoading: request.isLoading, refresh, loadStarter, remove };
});
