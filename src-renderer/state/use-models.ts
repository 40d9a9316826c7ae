import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Hub, Model } from '#contract/api/library/model-library.ts';
import { removeWithUndo } from './remove-with-undo.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';

/** Every model that can be looked into or asked something, checkpoints of runs included. */
export const useModels = defineStore('models', () => {
  const connection = useConnection();
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

  /** Takes a model out of the library, with a way back. */
  async function remove({ id, name }: Model): Promise<boolean> {
    if (id === null) return false;
    return removeWithUndo({
      name,
      remove: (client) => client.models.remove({ model: id }),
      restore: (client) => client.models.restore({ model: id }),
      refresh,
    });
  }

  return { models, hub, error: request.error, isLoading: request.isLoading, refresh, find, loadHub, remove };
});
