import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useToasts } from './use-toasts.ts';

export interface Removal {
  readonly name: string;
  readonly remove: (client: ApiClient) => Promise<unknown>;
  readonly restore: (client: ApiClient) => Promise<unknown>;
  /** Reads the list anew. */
  readonly refresh: () => Promise<void>;
}

/** Takes something out of the library and offers the way back; true when it went. A failure is told. */
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
