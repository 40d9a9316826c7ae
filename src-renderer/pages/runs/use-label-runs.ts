import { shallowRef } from 'vue';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useToasts } from '../../state/use-toasts.ts';

type Change = Parameters<ApiClient['runs']['label']>[0];

/** Stores names and labels of runs. */
export function useLabelRuns() {
  const connection = useConnection();
  const toasts = useToasts();
  const isSaving = shallowRef(false);

  /** Resolves to false, after saying why, if one could not be stored. */
  async function save(changes: readonly Change[]): Promise<boolean> {
    isSaving.value = true;
    try {
      const client = await connection.api();
      for (const change of changes) await client.runs.label(change);
      return true;
    } catch (error) {
      toasts.fail(pageError(error));
      return false;
    } finally {
      isSaving.value = false;
    }
  }
  return { save, isSaving };
}
