import type { ApiClient } from '#contract/api/typed-client.ts';
import { type Connection, openHost } from '../attach/open-host.ts';
import type { Shell } from './shell.ts';
import { onTwoStops } from './two-stops.ts';

/**
 * Runs a command against the host. This process owns the data folder if no other process does. An owner keeps running
 * while runs of attached shells are in progress; Ctrl-C then stops them with checkpoints.
 */
export async function withHost<Result>(
  shell: Shell,
  work: (client: ApiClient, connection: Connection) => Promise<Result>,
): Promise<Result> {
  const { home, environment, engineEntry } = shell;
  const connection = await openHost({ home, environment, ...(engineEntry && { engineEntry }) });
  for (const notice of connection.notices) shell.remark(`${notice}\n`);
  try {
    return await work(connection.client, connection).finally(() => linger(shell, connection));
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
