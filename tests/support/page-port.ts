import type { MessagePort } from 'node:worker_threads';
import type { Message } from '../../src-main/attach/answer-messages.ts';
import type { Connection } from '../../src-main/attach/open-host.ts';
import { openPageChannel } from '../../src-main/desktop/host/page-channel.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';

/** Serves the page at the other end of a port as the desktop's host does; what the main process holds back is not held back. */
export function servePagePort(port: MessagePort, host: RunHost, granted: readonly string[]): void {
  const connection = { owner: { host }, socket: '' } as unknown as Connection;
  const channel = openPageChannel(
    {
      send: async (message) => port.postMessage(message),
      end: () => port.close(),
      hold: () => undefined,
    },
    connection,
    { dialogs: { pick: async () => [] }, granted },
  );
  port.on('message', (message: Message) => channel.take(message));
  port.on('close', () => channel.close());
}
