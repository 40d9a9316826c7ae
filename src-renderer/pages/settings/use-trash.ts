import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { TrashEntry } from '#contract/api/run-archive.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** Deleted runs, and the actions to restore or purge them. */
export const useTrash = defineStore('trash', () => {
  const connection = useConnection();
  const toasts = useToasts();
  const entries = shallowRef<readonly TrashEntry[]>([]);

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (caught) {
      toasts.fail(pageError(caught));
      return false;
    } finally {
      await refresh();
    }
  }

  async function refresh(): Promise<void> {
    try {
      entries.value = await (await connection.api()).trash.list();
    } catch (caught) {
      toasts.fail(pageError(caught));
    }
  }

  /** Restores a run with everything deleted along with it. */
  function restore(id: string): Promise<boolean> {
    return attempt(async () => (await connection.api()).runs.restore({ run: id }));
  }

  /** Moves a run to the trash and offers to undo. */
  function remove(id: string, name: string, options: { readonly force?: boolean } = {}): Promise<boolean> {
    return attempt(async () => {
      await (await connection.api()).runs.remove({ run: id, force: options.force ?? false });
      toasts.offerUndo(`${name} was moved to the trash.`, () => void restore(id));
    });
  }

  /** Permanently deletes everything in the trash. */
  function empty(): Promise<boolean> {
    return attempt(async () => (await connection.api()).trash.empty());
  }

  return { entries, refresh, remove, restore, empty };
});
