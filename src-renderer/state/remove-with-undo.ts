import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useToasts } from './use-toasts.ts';

export interface Removal {
  readonly name: string;
  readonly remove: (client: ApiClient) => Promise<unknown>;
  readonly restore: (client: ApiClient) => Promise<unknown>;
  /** Reloads the list. */
  readonly refresh: () => Promise<void>;
}

/** Removes an item from the library and offers to undo; resolves to true on success, otherwise shows the error. */
export async function removeWithUndo({ name, remove, restore, refresh }: Removal): Promise<boolean> {
  const connection = useConnection();
  const toasts = useToasts();
  const attempt = async (work: Removal['remove']) => {
    try {
      await work(await connection.api());
      await refresh();
      return true;
    } catch (error) {
      toasts.fail(pageError(error));
      return false;
    }
  };
  const isGone = await attempt(remove);
  if (isGone) toasts.offerUndo(`${name} was removed from the library.`, () => void attempt(restore));
  return isGone;
}
