import { computed } from 'vue';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useToasts } from '../../state/use-toasts.ts';
import { oneAfterAnother } from './one-after-another.ts';

interface Change {
  readonly path: string;
  readonly value: number;
}

/** The actions on a run. Each shows what will happen, or why it cannot. */
export function useRunActions(id: string) {
  const connection = useConnection();
  const toasts = useToasts();
  const { asked, inTurn } = oneAfterAnother();

  /** Resolves to true if the action succeeded. */
  function act(name: string, words: string, ask: (client: ApiClient) => Promise<unknown>): Promise<boolean> {
    return inTurn(name, async () => {
      try {
        await ask(await connection.api());
        if (words) toasts.say(words);
        return true;
      } catch (caught) {
        toasts.fail(pageError(caught));
        return false;
      }
    });
  }

  const run = { run: id };
  return {
    isBusy: computed(() => asked.value.length > 0),
    pause: () => act('pause', 'Pausing after this step.', ({ runs }) => runs.pause(run)),
    unpause: () => act('unpause', 'Continuing.', ({ runs }) => runs.unpause(run)),
    stop: () => act('stop', 'Stopping after this step, with a checkpoint.', ({ runs }) => runs.stop(run)),
    stopNow: () => act('stop-now', 'Stopped immediately.', ({ runs }) => runs.stop({ ...run, now: true })),
    checkpoint: () => act('checkpoint', 'Saving a checkpoint after this step.', ({ runs }) => runs.checkpoint(run)),
    resume: () => act('resume', 'Resuming.', ({ runs }) => runs.resume(run)),
    set: (path: string, value: number) =>
      act('set', `${path} will be ${value} from the next step on.`, ({ runs }) => runs.set({ ...run, path, value })),
    /** Rolls back to a checkpoint and continues from there, with one value changed if given. */
    rollBack: (step: number, change: Change | null) =>
      act('roll-back', `Rolling back to step ${step}.`, ({ runs }) =>
        runs.rollback({ ...run, step, changes: change ? [change] : [] }),
      ),
    /** Continues a held run with one value changed. */
    goOnWith: ({ path, value }: Change) =>
      act('set', `Continuing with ${path} ${value}.`, async ({ runs }) => {
        await runs.set({ ...run, path, value });
        await runs.unpause(run);
      }),
  };
}
