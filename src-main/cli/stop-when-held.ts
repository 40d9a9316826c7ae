import type { Run } from '#contract/api/runs/run-state.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { Shell } from './shell.ts';

/** A pause may be followed at once by a rollback that the config allows. */
const PATIENCE_MILLISECONDS = 2000;

/** What the doctor has stopped: a run, which may be a stage of the one that was started. */
export interface Held {
  readonly run: string;
  readonly why: string;
}

const isHeld = ({ state, pausedBecause }: Run) => state === 'paused' && pausedBecause?.by === 'doctor';

/**
 * Stops a run with a checkpoint once the doctor has paused it, for commands that nobody watches: otherwise they would
 * wait forever for a decision.
 * @param id the run that was started, or its pipeline.
 */
export function stopWhenHeld(client: ApiClient, shell: Shell, id: string) {
  let held: Held | null = null;
  let isAsking = false;
  const ask = async (wanted: string) => {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
    const run = await client.runs.get({ run: wanted });
    isAsking = false;
    if (!isHeld(run)) return;
    held = { run: run.id, why: run.pausedBecause?.why ?? '' };
    shell.remark('The run doctor has paused the run, and nobody is here to decide: stopping with a checkpoint.\n');
    await client.runs.stop({ run: id });
  };
  return {
    /** Null as long as the doctor has stopped nothing. */
    found: (): Held | null => held,
    /** Looks at the newest state of a run or of a stage. */
    see(run: Run): void {
      if (run.recipe === 'pipeline' || !isHeld(run) || isAsking || held) return;
      isAsking = true;
      ask(run.id).catch(() => undefined);
    },
    /** What has happened, and what to do next. */
    lines: (): readonly string[] =>
      held === null
        ? []
        : [
            `stopped by the run doctor: ${held.why}`,
            `go back to before it: keel runs rollback ${held.run} (--set PATH=VALUE changes a value from there on)`,
            `continue unchanged: keel resume ${id}`,
            'to wait for a decision instead, add --wait',
          ],
  };
}
