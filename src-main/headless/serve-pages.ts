import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { KeelError } from '#contract/errors.ts';
import type { ReconnectingHost } from '../attach/reconnecting-host.ts';
import { createPageFiles } from '../page/page-files.ts';
import { addressesOf } from './addresses.ts';
import { type Answering, answerRequest, ENTRANCE_PATH, refuseUpgrade } from './answer-request.ts';
import { createLogin } from './login.ts';
import { connectPage, sendAway } from './page-sockets.ts';

const BEAT_MILLISECONDS = 20_000;
/** A heartbeat this late means that the machine was asleep, so no client could have answered. */
const ASLEEP_FACTOR = 2;

/** Closes sockets that have not answered since the last heartbeat. Returns a function that stops the heartbeat. */
export function beat(
  sockets: () => Iterable<WebSocket>,
  clock: () => number,
  beatMilliseconds: number = BEAT_MILLISECONDS,
): () => void {
  const silent = new WeakSet<WebSocket>();
  const listened = new WeakSet<WebSocket>();
  let last = clock();
  const timer = setInterval(() => {
    const now = clock();
    const hasSlept = now - last > ASLEEP_FACTOR * beatMilliseconds;
    last = now;
    for (const socket of sockets()) {
      if (silent.has(socket) && !hasSlept) {
        socket.terminate();
        continue;
      }
      if (!listened.has(socket)) socket.on('pong', () => silent.delete(socket));
      listened.add(socket);
      silent.add(socket);
      socket.ping();
    }
  }, beatMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

export interface ServeOptions {
  readonly host: ReconnectingHost;
  /** The built page. */
  readonly pageFolder: string;
  /** The address to listen on. */
  readonly bind: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Additional folders that pages may use. */
  readonly roots: readonly string[];
}

export interface PageServer {
  readonly port: number;
  /** Address of the page, without a token. */
  readonly origin: string;
  /** The link that is valid for one use; null once it has been used. */
  readonly link: () => string | null;
  /** Creates another link, for another browser. */
  renew(): string;
  /** Creates another link; invalidates the cookies and closes the sockets of all pages. */
  rotate(): string;
  close(): Promise<void>;
}

const LARGEST_MESSAGE = 16 * 2 ** 20;
const MOST_PAGES = 32;
const LIMITS = {
  // Our own check of the Host header handles a missing one: with 403, as for any wrong one.
  requireHostHeader: false,
  maxHeaderSize: 16 * 2 ** 10,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
} as const;
const MOST_CONNECTIONS = 256;

function listen(server: Server, bind: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, bind, port)));
    server.listen(port, bind, () => resolve((server.address() as AddressInfo).port));
  });
}

function cannotListen(cause: NodeJS.ErrnoException, bind: string, port: number): KeelError {
  if (cause.code === 'EADDRINUSE') {
    const why = `Another program is already listening on ${bind}, port ${port}.`;
    return new KeelError({ code: 'port_taken', why, fix: 'Set another one with --port (0 for any free port).', cause });
  }
  const why = `Keel cannot listen on ${bind}, port ${port} (${cause.code ?? cause.message}).`;
  return new KeelError({ code: 'address_unusable', why, fix: 'Check --host and --port.', cause });
}

function refuse(socket: Duplex, status: number, why: string): void {
  const text = `${why}\n`;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}

function acceptSockets(server: Server, answering: Answering, { host, roots }: ServeOptions): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refused = refuseUpgrade(request, answering);
    if (refused) refuse(socket, refused.status, refused.why);
    else if (sockets.clients.size >= MOST_PAGES) refuse(socket, 503, 'too many pages');
    else sockets.handleUpgrade(request, socket, head, (page) => connectPage(page, host.connection(), roots));
  });
  return sockets;
}

/** Serves the page and its API. Throws `port_taken`, `address_unusable`. */
export async function servePages(options: ServeOptions): Promise<PageServer> {
  const { host, pageFolder, bind } = options;
  const server = createServer(LIMITS);
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, bind, options.port);
  const addresses = addressesOf(bind, port);
  const login = createLogin(port, () => performance.now());
  const answering: Answering = { addresses, login, findFile: createPageFiles(pageFolder) };
  server.on('request', (request, response) => {
    // If a client disconnects partway through a file, or the disk fails, only this response ends.
    answerRequest(request, response, answering).catch(() => response.destroy());
  });
  const sockets = acceptSockets(server, answering, options);
  const stopBeat = beat(
    () => sockets.clients,
    () => performance.now(),
  );
  host.onChange(() => sendAway(sockets.clients));
  const linkTo = (token: string) => `${addresses.origin}${ENTRANCE_PATH}?token=${token}`;
  return {
    port,
    origin: addresses.origin,
    link: () => (login.token === null ? null : linkTo(login.token)),
    renew: () => linkTo(login.renew()),
    rotate: () => {
      const link = linkTo(login.rotate());
      for (const page of sockets.clients) page.terminate();
      return link;
    },
    close: async () => {
      stopBeat();
      for (const page of sockets.clients) page.close(1001, 'the host is shutting down');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      for (const page of sockets.clients) page.terminate();
      sockets.close();
      await closed;
    },
  };
}
