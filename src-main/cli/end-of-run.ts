import type { Run } from '#contract/api/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import type { Connection } from '../attach/open-host.ts';
import type { ApiClient } from '../attach/typed-client.ts';
import { followRun } from './follow-run.ts';
import { jsonLine } from './json-line.ts';
import { formatSeconds } from './progress-line.ts';
import { EXIT, type Shell } from './shell.ts';

const CODES: Record<Run['state'], number> = {
  queued: EXIT.failure,
  running: EXIT.failure,
  paused: EXIT.failure,
  finished: EXIT.ok,
  stopped: EXIT.canceled,
  failed: EXIT.failure,
  interrupted: EXIT.failure,
};

/** Ctrl-C asks for a checkpoint and a stop; a second one ends the run at once. */
function stopOnInterrupt(client: ApiClient, shell: Shell, id: string): () => void {
  let asked = 0;
  return shell.onInterrupt(() => {
    asked += 1;
    if (asked > 2) return;
    const note =
      asked === 1 ? 'Stopping with a checkpoint at the next step. Ctrl-C again ends it at once.' : 'Ending at once.';
    shell.remark(`\n${note}\n`);
    client.runs.stop({ run: id, now: asked === 2 }).catch(() => undefined);
  });
}

function describeEnd(run: Run): readonly string[] {
  const seconds = run.finishedAt && run.startedAt ? (run.finishedAt - run.startedAt) / 1000 : 0;
  const head = `${run.id} ${run.state}${run.lastStep === null ? '' : ` at step ${run.lastStep}`} after ${formatSeconds(seconds)}`;
  const facts = Object.entries(run.summary ?? {})
    .filter(([, value]) => typeof value !== 'object' || value === null)
    .map(([key, value]) => `  ${key}: ${typeof value === 'number' ? Number(value.toPrecision(6)) : value}`);
  const error = run.error ? [`error: ${run.error.why}`, `fix: ${run.error.fix}`] : [];
  const resume = run.state === 'finished' ? [] : [`Go on with: keel resume ${run.id}`];
  return [head, ...facts, `  folder: ${run.folder}`, ...error, ...resume];
}

/** Follows a run to its end, tells how it ended and gives the exit code. Throws `host_lost`. */
export async function seeRunThrough(
  connection: Connection,
  shell: Shell,
  run: Run,
  options: { readonly isJson: boolean; readonly after: number },
): Promise<number> {
  const { client, lost } = connection;
  const endWatch = stopOnInterrupt(client, shell, run.id);
  try {
    const following = followRun(client, shell, run.id, options);
    const last = await Promise.race([following, lost.then(() => null)]);
    if (last === null) {
      following.catch(() => undefined);
      throw hostLost(run.id);
    }
    if (options.isJson) {
      const { id, state, summary, error, folder, lastStep } = last;
      shell.print(jsonLine({ type: 'summary', run: id, state, step: lastStep, folder, summary, error }));
    } else for (const line of describeEnd(last)) shell.print(line);
    return CODES[last.state];
  } finally {
    endWatch();
  }
}

function hostLost(id: string): KeelError {
  return new KeelError({
    code: 'host_lost',
    why: 'The Keel process that ran it has ended.',
    fix: `Go on with: keel resume ${id}`,
  });
}
