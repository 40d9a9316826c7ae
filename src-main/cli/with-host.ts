import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { type Connection, openHost } from '../attach/open-host.ts';
import type { Shell } from './shell.ts';
import { onTwoStops } from './two-stops.ts';

/** Time for the end of a connection to be noticed after a call over it has failed. */
const NOTICE_MILLISECONDS = 1000;

/** A call that failed because the owner has exited is not a bug. */
async function explained(error: unknown, { lost }: Connection): Promise<unknown> {
  if (fromTypedError(error) instanceof KeelError) return error;
  const patience = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), NOTICE_MILLISECONDS).unref());
  if (!(await Promise.race([lost.then(() => true), patience]))) return error;
  return new KeelError({
    code: 'host_lost',
    why: 'The Keel process that owns the data folder exited before it answered.',
    fix: 'Run the command again: it opens the data folder itself. `keel runs list` shows what the process left.',
    cause: error,
  });
}

/**
 * Runs a command against the host. This process owns the data folder if no other process does. An owner keeps running
 * while runs of attached shells are in progress; Ctrl-C then stops them with checkpoints.
 */
export async function withHost<Result>(
  shell: Shell,
  work: (client: ApiClient, connection: Connection) => Promise<Result>,
  { takesUpQueue = false } = {},
): Promise<Result> {
  const { home, environment, engineEntry } = shell;
  const connection = await openHost({ home, environment, takesUpQueue, ...(engineEntry && { engineEntry }) });
  for (const notice of connection.notices) shell.remark(`${notice}\n`);
  try {
    return await work(connection.client, connection).finally(() => linger(shell, connection));
  } catch (error) {
    throw connection.owner ? error : await explained(error, connection);
  } finally {
    await connection.close();
  }
}

async function linger(shell: Shell, { owner }: Connection): Promise<void> {
  if (!owner) return;
  const { host, server } = owner;
  if (host.activeRuns().length === 0 && server.attached() === 0) return;
  const runs = host.activeRuns().join(', ') || 'the work of another terminal';
  shell.remark(`This process keeps running for ${runs}. Press Ctrl-C to stop with a checkpoint.\n`);
  const stopped = new Promise<void>((resolve) => {
    const end = onTwoStops(shell, (isSecond) => {
      // Closing waits until every run has ended, so a second request can still stop them immediately.
      host.close({ now: isSecond }).finally(end).then(resolve, resolve);
    });
  });
  await Promise.race([stopped, Promise.all([host.idle(), server.left()])]);
}
