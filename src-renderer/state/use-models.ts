import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Hub, Model } from '#contract/api/library/model-library.ts';
import { removeWithUndo } from './remove-with-undo.ts';
import { useConnection } from './use-connection.ts';
import { useRequest } from './use-request.ts';

/** Every model that can be inspected or prompted, including checkpoints of runs. */
export const useModels = defineStore('models', () => {
  const connection = useConnection();
  const request = useRequest((client) => client.models.list({ withCheckpoints: true }));
  const models = shallowRef<readonly Model[]>([]);
  const hub = shallowRef<Hub | null>(null);

  async function read(): Promise<void> {
    const list = await request.load();
    if (list) models.value = list;
  }
  let newest = Promise.resolve();

  /** Reads the list; if it is asked for again meanwhile, resolves with the newer answer. */
  async function refresh(): Promise<void> {
    const mine = read();
    newest = mine;
    await mine;
    if (newest !== mine) await newest;
  }

  /** The listed model with the given reference. */
  function find(reference: string): Model | null {
    return models.value.find((model) => model.reference === reference) ?? null;
  }

  /** Loads the hub settings from the host, without network access. */
  async function loadHub(): Promise<void> {
    hub.value ??= await (await connection.api()).models.hub({});
  }

  /** Removes a model from the library and offers to undo. */
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
