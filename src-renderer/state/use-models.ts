import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Hub, Model } from '#contract/api/model-library.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';
import { useToasts } from './use-toasts.ts';

/** Every model that can be looked into or asked something, checkpoints of runs included. */
export const useModels = defineStore('models', () => {
  const connection = useConnection();
  const toasts = useToasts();
  const request = useRequest((client) => client.models.list({ withCheckpoints: true }));
  const models = shallowRef<readonly Model[]>([]);
  const hub = shallowRef<Hub | null>(null);

  async function refresh(): Promise<void> {
    const list = await request.load();
    if (list) models.value = list;
  }

  /** The model of a reference, as the list has it. */
  function find(reference: string): Model | null {
    return models.value.find((model) => model.reference === reference) ?? null;
  }

  /** Where models are fetched from; asks the host, not the network. */
  async function loadHub(): Promise<void> {
    hub.value ??= await (await connection.api()).models.hub({});
  }

  async function restore(id: number): Promise<void> {
    await (await connection.api()).models.restore({ model: id });
    await refresh();
  }

  /** Takes a model out of the library, with a way back. */
  async function remove({ id, name }: Model): Promise<boolean> {
    if (id === null) return false;
    try {
      await (await connection.api()).models.remove({ model: id });
      toasts.offerUndo(`${name} was removed from the library.`, () => void restore(id));
      await refresh();
      return true;
    } catch (error) {
      toasts.fail(pageError(error));
      return false;
    }
  }

  return { models, hub, error: request.error, isLoading: request.isLoading, refresh, find, loadHub, remove };
});
