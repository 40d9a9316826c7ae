import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';
import { useToasts } from './use-toasts.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Moves runs to the trash and offers to undo; shows an error for each run that cannot be moved and continues. */
export function useRemoveRuns() {
  const connection = useConnection();
  const toasts = useToasts();

  async function restore(ids: readonly string[]): Promise<void> {
    try {
      const client = await connection.api();
      for (const run of ids) await client.runs.restore({ run });
      toasts.say(ids.length === 1 ? 'The run was restored.' : `${ids.length} runs were restored.`);
    } catch (caught) {
      toasts.fail(pageError(caught));
    }
  }

  /** Returns the ids of the requested runs that were removed. */
  async function remove(runs: readonly Named[]): Promise<readonly string[]> {
    const client = await connection.api();
    const gone = new Set<string>();
    const asked: string[] = [];
    for (const { id } of runs) {
      // A stage is removed with its pipeline.
      if (gone.has(id)) continue;
      try {
        const { removed } = await client.runs.remove({ run: id });
        for (const one of removed) gone.add(one);
        asked.push(id);
      } catch (caught) {
        toasts.fail(pageError(caught));
      }
    }
    const words = runs.length === 1 ? `${runs[0]!.name} was` : `${gone.size} runs were`;
    if (asked.length > 0) toasts.offerUndo(`${words} moved to the trash.`, () => void restore(asked));
    return asked;
  }

  return { remove };
}
