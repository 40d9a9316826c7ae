import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { ownContext } from '../api/base.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { pageContext } from './page-context.ts';
import { serveSocket } from './serve-socket.ts';
import { readShellHeaders } from './shell-headers.ts';

export interface HostServer {
  /** The number of attached shells that depend on this host. */
  readonly attached: () => number;
  /** Resolves when the last of them has disconnected. */
  readonly left: () => Promise<void>;
  close(): Promise<void>;
}

const LARGEST_MESSAGE = 64 * 2 ** 20;
const REFUSED = 1008;

/** Serves one attached shell. Returns whether the host has to keep running for it. */
function accept(host: RunHost, client: WebSocket, request: IncomingMessage): boolean {
  const { isFollower, pageRoots } = readShellHeaders(request.headers);
  serveSocket(client, pageRoots ? pageContext(host, pageRoots) : ownContext(host));
  return !isFollower;
}

/**
 * Lets other shells of the same user reach the host over a socket that only this user can open. The socket is not a
 * network address, so no browser page can reach it.
 */
export async function serveHost(host: RunHost, socket: string): Promise<HostServer> {
  const http = createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ server: http, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const lasting = new Set<WebSocket>();
  sockets.on('connection', (client, request) => {
    try {
      if (!accept(host, client, request)) return;
      lasting.add(client);
      client.on('close', () => lasting.delete(client));
    } catch {
      client.close(REFUSED);
    }
  });
  if (process.platform !== 'win32') rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    const before = process.umask(0o077);
    http.listen(socket, resolve);
    process.umask(before);
  });
  if (process.platform !== 'win32') chmodSync(socket, 0o600);
  const attached = () => lasting.size;
  return {
    attached,
    left: async () => {
      while (attached() > 0) {
        const clients = [...lasting];
        await Promise.race(clients.map((client) => new Promise<void>((resolve) => client.once('close', resolve))));
      }
    },
    close: async () => {
      for (const client of sockets.clients) client.close(1001, 'the host is shutting down');
      sockets.close();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
