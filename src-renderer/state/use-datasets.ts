import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Dataset } from '#contract/api/dataset-library.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';
import { useToasts } from './use-toasts.ts';

/** The datasets of the library. */
export const useDatasets = defineStore('datasets', () => {
  const connection = useConnection();
  const toasts = useToasts();
  const request = useRequest((client) => client.datasets.list({}));
  const datasets = shallowRef<readonly Dataset[]>([]);
  const starter = shallowRef<readonly { readonly name: string; readonly path: string }[]>([]);

  async function refresh(): Promise<void> {
    const list = await request.load();
    if (list) datasets.value = list;
  }

  /** Files that come with Keel, to begin with. */
  async function loadStarter(): Promise<void> {
    starter.value = await (await connection.api()).datasets.starter({});
  }

  async function restore(dataset: number): Promise<void> {
    await (await connection.api()).datasets.restore({ dataset });
    await refresh();
  }

  /** Takes a dataset out of the library, with a way back. */
  async function remove({ id, name }: Dataset): Promise<boolean> {
    try {
      await (await connection.api()).datasets.remove({ dataset: id });
      toasts.offerUndo(`${name} was removed from the library.`, () => void restore(id));
      await refresh();
      return true;
    } catch (error) {
      toasts.fail(pageError(error));
      return false;
    }
  }

  return { datasets, starter, error: request.error, isLoading: request.isLoading, refresh, loadStarter, remove };
});
