import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import { UNRESTRICTED_ACCESS } from '../api/path-access.ts';
import { router } from '../api/router.ts';
import type { RunHost } from '../runs/run-host.ts';

export interface HostServer {
  /** Shells that are attached now. */
  readonly attached: () => number;
  /** Resolves when the last attached shell has left. */
  readonly left: () => Promise<void>;
  close(): Promise<void>;
}

const LARGEST_MESSAGE = 64 * 2 ** 20;

/**
 * Lets other shells of the same user reach the host, over a socket that only they can open. The socket is no network
 * address: no page of a browser can reach it.
 */
export async function serveHost(host: RunHost, socket: string): Promise<HostServer> {
  const http = createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ server: http, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const handler = new RPCHandler(router);
  sockets.on('connection', (client) => void handler.upgrade(client, { context: { host, paths: UNRESTRICTED_ACCESS } }));
  if (process.platform !== 'win32') rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    const before = process.umask(0o077);
    http.listen(socket, resolve);
    process.umask(before);
  });
  if (process.platform !== 'win32') chmodSync(socket, 0o600);
  const attached = () => sockets.clients.size;
  return {
    attached,
    left: async () => {
      while (attached() > 0) {
        const clients = [...sockets.clients];
        await Promise.race(clients.map((client) => new Promise<void>((resolve) => client.once('close', resolve))));
      }
    },
    close: async () => {
      for (const client of sockets.clients) client.close(1001, 'the host ends');
      sockets.close();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
