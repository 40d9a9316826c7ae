import type { RunLine } from '#contract/api/overview.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useToasts } from './use-toasts.ts';

/** Deletes runs one after the other; what cannot go is told and the others go all the same. */
export function useRemoveRuns() {
  const connection = useConnection();
  const toasts = useToasts();

  async function remove(runs: readonly RunLine[]): Promise<void> {
    const client = await connection.api();
    const gone = new Set<string>();
    for (const run of runs) {
      if (gone.has(run.id)) continue;
      try {
        const { removed } = await client.runs.remove({ run: run.id });
        for (const id of removed) gone.add(id);
      } catch (caught) {
        toasts.fail(pageError(caught));
      }
    }
    if (gone.size > 0) toasts.say(gone.size === 1 ? 'The run was deleted.' : `${gone.size} runs were deleted.`);
  }

  return { remove };
}
