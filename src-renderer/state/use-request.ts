import { shallowRef } from 'vue';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

/** A request to the host with its state: loading, failed, or loaded. The newest call wins. */
export function useRequest<Answer, Arguments extends readonly unknown[] = []>(
  ask: (client: ApiClient, ...given: Arguments) => Promise<Answer>,
) {
  const connection = useConnection();
  const answer = shallowRef<Answer | null>(null);
  const error = shallowRef<KeelError | null>(null);
  const isLoading = shallowRef(false);
  let newest = 0;

  async function load(...given: Arguments): Promise<Answer | null> {
    newest += 1;
    const mine = newest;
    isLoading.value = true;
    try {
      const value = await ask(await connection.api(), ...given);
      if (mine !== newest) return null;
      answer.value = value;
      error.value = null;
      return value;
    } catch (caught) {
      if (mine === newest) error.value = pageError(caught);
      return null;
    } finally {
      if (mine === newest) isLoading.value = false;
    }
  }

  return { answer, error, isLoading, load };
}
